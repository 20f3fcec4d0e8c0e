import type { coresdk } from '@temporalio/proto';
import { util } from 'protobufjs/minimal.js';
import { host } from '../bridge.ts';
import * as activationProtos from './activation.generated.js';
import * as completionProtos from './completion.generated.js';

export type Activation = coresdk.workflow_activation.WorkflowActivation;
export type Completion = coresdk.workflow_completion.IWorkflowActivationCompletion;

const { readStrict } = util.utf8;

/** Makes each text of one piece. The library's own makes short ones of pieces of eight characters, which stay. */
util.utf8.readStrict = (bytes: Uint8Array, start: number, end: number): string => {
  const text = host.textOf(bytes, start, end);
  return text.includes('\uFFFD') ? readStrict(bytes, start, end) : text;
};

/** The message belongs to this realm, with all that is in it: the bytes are copied. */
export function decodeActivation(bytes: Uint8Array): Activation {
  return activationProtos.coresdk.workflow_activation.WorkflowActivation.decode(new Uint8Array(bytes));
}

let last: Completion = {};

export function encodeCompletion(completion: Completion): Uint8Array {
  last = completion;
  return encodeLastCompletion();
}

/** Encodes once more what {@link encodeCompletion} was called with last. */
export function encodeLastCompletion(): Uint8Array {
  return completionProtos.coresdk.workflow_completion.WorkflowActivationCompletion.encode(last).finish();
}

/** The classes of the messages that workflow code can get hold of: payloads, failures, and the numbers in them. */
export const activationMessages: unknown[] = [...Object.values(activationProtos), util.Long];
