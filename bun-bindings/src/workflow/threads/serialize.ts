import type { SearchAttributePair } from '@temporalio/common';
import type { SinkCall, WorkflowInfo } from '@temporalio/workflow';

/** The parts of `WorkflowInfo` that can be cloned. */
export type SerializedInfo = Omit<WorkflowInfo, 'typedSearchAttributes' | 'unsafe'> & {
  typedSearchAttributes: SearchAttributePair[];
  unsafe: Pick<WorkflowInfo['unsafe'], 'isReplaying' | 'isReplayingHistoryEvents'>;
};

/** Removes the functions of a `WorkflowInfo`. */
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

/** Removes the functions of a call's `WorkflowInfo`. */
export function serializeSinkCall({ workflowInfo, ...call }: SinkCall): SerializedSinkCall {
  return { ...call, workflowInfo: serializeInfo(workflowInfo) };
}
