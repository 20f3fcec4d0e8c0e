import type { SinkCall } from '@temporalio/workflow';
import { fromClonableInfo } from './deserialize.ts';
import type { ClonableSinkCall } from './sink-calls.ts';

/** A sink call as the sinks know it, made of one that has come from a thread. */
export function fromClonable({ workflowInfo, ...call }: ClonableSinkCall): SinkCall {
  return { ...call, workflowInfo: fromClonableInfo(workflowInfo) };
}
