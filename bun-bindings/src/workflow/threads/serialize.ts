import type { SearchAttributePair } from '@temporalio/common';
import type { WorkflowInfo } from '@temporalio/workflow';

/** The parts of `WorkflowInfo` that a structured clone keeps. */
export type ClonableInfo = Omit<WorkflowInfo, 'typedSearchAttributes' | 'unsafe'> & {
  typedSearchAttributes: SearchAttributePair[];
  unsafe: Pick<WorkflowInfo['unsafe'], 'isReplaying' | 'isReplayingHistoryEvents'>;
};

/** Leaves out the functions that `WorkflowInfo` holds. */
export function toClonableInfo({ typedSearchAttributes, unsafe, ...info }: WorkflowInfo): ClonableInfo {
  const { isReplaying, isReplayingHistoryEvents } = unsafe;
  return {
    ...info,
    typedSearchAttributes: typedSearchAttributes.toJSON(),
    unsafe: { isReplaying, isReplayingHistoryEvents },
  };
}
