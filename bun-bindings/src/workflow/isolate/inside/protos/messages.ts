import type { coresdk } from '@temporalio/proto';
import * as activationProtos from './activation.generated.js';
import * as completionProtos from './completion.generated.js';

export type Activation = coresdk.workflow_activation.WorkflowActivation;
export type Completion = coresdk.workflow_completion.IWorkflowActivationCompletion;

/** The message belongs to this realm, with all that is in it: the bytes are copied. */
export function decodeActivation(bytes: Uint8Array): Activation {
  return activationProtos.coresdk.workflow_activation.WorkflowActivation.decode(new Uint8Array(bytes));
}

export function encodeCompletion(completion: Completion): Uint8Array {
  return completionProtos.coresdk.workflow_completion.WorkflowActivationCompletion.encode(completion).finish();
}

/** The classes of the messages that workflow code can get hold of: payloads, failures. */
export const activationMessages: unknown[] = Object.values(activationProtos);
