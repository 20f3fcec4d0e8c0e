import type { ActivitySerializationContext, PayloadCodec, SerializationContext, WorkflowSerializationContext } from '@temporalio/common';
import { limit } from '@temporalio/common/lib/concurrency/limit';
import { decode, encode, visit, walkWorkflowActivation, walkWorkflowActivationCompletion } from '@temporalio/common/lib/internal-non-workflow';
import { coresdk } from '@temporalio/proto';

/** Transforms the payloads of what goes into and comes out of workflows. */
export interface WorkflowCodec {
  /** Takes and gives an encoded `WorkflowActivation`. */
  decodeActivation(activation: Uint8Array): Promise<Uint8Array>;
  /** Takes and gives an encoded `WorkflowActivationCompletion`. */
  encodeCompletion(completion: Uint8Array): Promise<Uint8Array>;
}

const { WorkflowActivation } = coresdk.workflow_activation;
const { WorkflowActivationCompletion } = coresdk.workflow_completion;

/** Codec calls of one worker that may be under way at once. */
const MAX_CONCURRENT_CALLS = 20;
