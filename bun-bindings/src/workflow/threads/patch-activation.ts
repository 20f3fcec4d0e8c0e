import type { WorkflowInfo } from '@temporalio/workflow';

/** The input of a {@link PatchActivationCallback}. */
export interface PatchActivationInput {
  /** The workflow at the time when it reaches the patch. */
  readonly workflowInfo: Readonly<WorkflowInfo>;
  readonly patchId: string;
}

/** Returns whether the patch is active. */
export type PatchActivationCallback = (input: PatchActivationInput) => boolean;
