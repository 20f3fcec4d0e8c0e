import type { SearchAttributePair } from '@temporalio/common';
import type { SinkCall, WorkflowInfo } from '@temporalio/workflow';

/** The parts of `WorkflowInfo` that a structured clone keeps. */
type ClonableInfo = Omit<WorkflowInfo, 'typedSearchAttributes' | 'unsafe'> & {
  typedSearchAttributes: SearchAttributePair[];
  unsafe: Pick<WorkflowInfo['unsafe'], 'isReplaying' | 'isReplayingHistoryEvents'>;
};

/** A sink call on its way out of the isolate. */
export type ClonableSinkCall = Omit<SinkCall, 'workflowInfo'> & { workflowInfo: ClonableInfo };

/** Which sink calls have somebody to hear them. The others need not leave the thread. */
export interface SinkFilter {
  /** Logger calls below this level are dropped. */
  logLevel?: 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
  /** `sink.function` of all functions with `callDuringReplay`; calls of others during replay are dropped. */
  duringReplay?: string[];
}

const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'];

export function isWanted(
  { ifaceName, fnName, workflowInfo }: SinkCall,
  { logLevel, duringReplay }: SinkFilter,
): boolean {
  if (workflowInfo.unsafe.isReplayingHistoryEvents && duringReplay && !duringReplay.includes(`${ifaceName}.${fnName}`))
    return false;
  if (ifaceName !== '__temporal_logger' || logLevel === undefined) return true;
  return LOG_LEVELS.indexOf(fnName.toUpperCase()) >= LOG_LEVELS.indexOf(logLevel);
}

/** Leaves out the functions that `WorkflowInfo` holds. */
export function toClonable({ workflowInfo, ...call }: SinkCall): ClonableSinkCall {
  const { typedSearchAttributes, unsafe, ...info } = workflowInfo;
  const { isReplaying, isReplayingHistoryEvents } = unsafe;
  return {
    ...call,
    workflowInfo: {
      ...info,
      typedSearchAttributes: typedSearchAttributes.toJSON(),
      unsafe: { isReplaying, isReplayingHistoryEvents },
    },
  };
}
