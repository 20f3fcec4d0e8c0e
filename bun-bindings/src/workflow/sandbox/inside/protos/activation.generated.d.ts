import type { coresdk as types } from '@temporalio/proto';

type Activation = types.workflow_activation.WorkflowActivation;

export declare const coresdk: {
  workflow_activation: { WorkflowActivation: { decode(bytes: Uint8Array): Activation } };
};
