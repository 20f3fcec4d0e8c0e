import type { WorkflowInfo } from '@temporalio/workflow';

/** What a {@link PatchActivationCallback} is given. */
export interface PatchActivationInput {
  /** The workflow as it is when the patch is met. */
  readonly workflowInfo: Readonly<WorkflowInfo>;
  readonly patchId: string;
}

/** Returns whether the patch is active. */
export type PatchActivationCallback = (input: PatchActivationInput) => boolean;
