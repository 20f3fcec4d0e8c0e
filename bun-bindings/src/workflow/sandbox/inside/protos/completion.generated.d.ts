import type { coresdk as types } from '@temporalio/proto';

type Completion = types.workflow_completion.IWorkflowActivationCompletion;

export declare const coresdk: {
  workflow_completion: { WorkflowActivationCompletion: { encode(completion: Completion): { finish(): Uint8Array } } };
};
