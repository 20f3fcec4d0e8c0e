import type { VersioningBehavior, WorkerDeploymentVersion } from '@temporalio/common';

/** The deployment version of a worker, and whether the server routes tasks by version. */
export type WorkerDeploymentOptions = {
  /** Deployment name and build id. */
  version: WorkerDeploymentVersion;
  /** Whether the server routes workflow tasks by version. */
  useWorkerVersioning: boolean;
  /** Behaviour of workflows that set none. Required with `useWorkerVersioning: true`, not allowed without it. */
  defaultVersioningBehavior?: VersioningBehavior | undefined;
} & (
  | { useWorkerVersioning: true; defaultVersioningBehavior: VersioningBehavior }
  | { useWorkerVersioning: false; defaultVersioningBehavior?: never }
);
