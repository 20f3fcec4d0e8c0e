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

/** The classes of all messages, which workflow code can get hold of through the payloads that it is given. */
export function messageClasses(): { prototype: object }[] {
  const classes: { prototype: object }[] = [];
  const visit = (namespace: object): void => {
    for (const member of Object.values(namespace)) {
      if (typeof member === 'function' && ('decode' in member || 'encode' in member)) classes.push(member);
      if (typeof member === 'object' || typeof member === 'function') visit(member);
    }
  };
  visit({ ...activationProtos });
  visit({ ...completionProtos });
  return classes;
}
