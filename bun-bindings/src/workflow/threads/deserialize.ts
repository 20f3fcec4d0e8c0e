import { TypedSearchAttributes } from '@temporalio/common';
import type { WorkflowInfo } from '@temporalio/workflow';
import { createUnsafeRandomSource } from '@temporalio/workflow/lib/random-helpers';
import type { ClonableInfo } from './serialize.ts';

/** `WorkflowInfo` as its users outside of workflows know it, made of one that has come from a thread. */
export function fromClonableInfo(info: ClonableInfo): WorkflowInfo {
  return {
    ...info,
    typedSearchAttributes: new TypedSearchAttributes(info.typedSearchAttributes),
    unsafe: { ...info.unsafe, now: Date.now, random: createUnsafeRandomSource(Math.random) },
  };
}
