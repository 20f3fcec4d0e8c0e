import type { VersioningBehavior, WorkerDeploymentVersion } from '@temporalio/common';

/** The deployment version that a worker belongs to, and whether tasks are routed by it. */
export type WorkerDeploymentOptions = {
  /** Deployment name and build id. */
  version: WorkerDeploymentVersion;
  /** Whether the server routes workflow tasks by version. */
  useWorkerVersioning: boolean;
  /** For workflows that do not name a behaviour themselves. Required with `useWorkerVersioning: true`, not allowed without. */
  defaultVersioningBehavior?: VersioningBehavior | undefined;
} & (
  | { useWorkerVersioning: true; defaultVersioningBehavior: VersioningBehavior }
  | { useWorkerVersioning: false; defaultVersioningBehavior?: never }
);
