import { TypedSearchAttributes } from '@temporalio/common';
import type { SinkCall, WorkflowInfo } from '@temporalio/workflow';
import { createUnsafeRandomSource } from '@temporalio/workflow/lib/random-helpers';
import { fromPosted } from './posted-error.ts';
import type { SerializedInfo, SerializedSinkCall } from './serialize.ts';

/** Restores a `WorkflowInfo` that a workflow thread has posted. */
export function deserializeInfo(info: SerializedInfo): WorkflowInfo {
  return {
    ...info,
    typedSearchAttributes: new TypedSearchAttributes(info.typedSearchAttributes),
    unsafe: { ...info.unsafe, now: Date.now, random: createUnsafeRandomSource(Math.random) },
  };
}

/** Restores a sink call that a workflow thread has posted. */
export function deserializeSinkCall({ workflowInfo, ...call }: SerializedSinkCall): SinkCall {
  return { ...call, args: call.args.map(fromPosted), workflowInfo: deserializeInfo(workflowInfo) };
}
