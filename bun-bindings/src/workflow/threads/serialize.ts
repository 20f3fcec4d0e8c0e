import type { SearchAttributePair } from '@temporalio/common';
import type { SinkCall, WorkflowInfo } from '@temporalio/workflow';

/** The parts of `WorkflowInfo` that a structured clone keeps. */
export type SerializedInfo = Omit<WorkflowInfo, 'typedSearchAttributes' | 'unsafe'> & {
  typedSearchAttributes: SearchAttributePair[];
  unsafe: Pick<WorkflowInfo['unsafe'], 'isReplaying' | 'isReplayingHistoryEvents'>;
};

/** Leaves out the functions that `WorkflowInfo` holds. */
export function serializeInfo({ typedSearchAttributes, unsafe, ...info }: WorkflowInfo): SerializedInfo {
  const { isReplaying, isReplayingHistoryEvents } = unsafe;
  return {
    ...info,
    typedSearchAttributes: typedSearchAttributes.toJSON(),
    unsafe: { isReplaying, isReplayingHistoryEvents },
  };
}

/** A sink call as it is posted to the main thread. */
export type SerializedSinkCall = Omit<SinkCall, 'workflowInfo'> & { workflowInfo: SerializedInfo };

/** Leaves out the functions that its `WorkflowInfo` holds. */
export function serializeSinkCall({ workflowInfo, ...call }: SinkCall): SerializedSinkCall {
  return { ...call, workflowInfo: serializeInfo(workflowInfo) };
}
