import { TypedSearchAttributes } from '@temporalio/common';
import type { SinkCall } from '@temporalio/workflow';
import { createUnsafeRandomSource } from '@temporalio/workflow/lib/random-helpers';
import type { ClonableSinkCall } from './sink-calls.ts';

/** A sink call as the sinks know it, made of one that has come from a thread. */
export function fromClonable({ workflowInfo, ...call }: ClonableSinkCall): SinkCall {
  return {
    ...call,
    workflowInfo: {
      ...workflowInfo,
      typedSearchAttributes: new TypedSearchAttributes(workflowInfo.typedSearchAttributes),
      unsafe: { ...workflowInfo.unsafe, now: Date.now, random: createUnsafeRandomSource(Math.random) },
    },
  };
}
