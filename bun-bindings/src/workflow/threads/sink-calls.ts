import type { SinkCall } from '@temporalio/workflow';

/** The sink calls that have an effect. All others are dropped in the workflow thread, which is cheap. */
export interface SinkFilter {
  /** Logger calls below this level are dropped. */
  logLevel?: 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
  /** The functions with `callDuringReplay`, as `sink.function`. During replay, calls of others are dropped. */
  duringReplay?: string[];
}

const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'];

export function shouldForward(
  { ifaceName, fnName, workflowInfo }: SinkCall,
  { logLevel, duringReplay }: SinkFilter,
): boolean {
  if (workflowInfo.unsafe.isReplayingHistoryEvents && duringReplay && !duringReplay.includes(`${ifaceName}.${fnName}`))
    return false;
  if (ifaceName !== '__temporal_logger' || logLevel === undefined) return true;
  return LOG_LEVELS.indexOf(fnName.toUpperCase()) >= LOG_LEVELS.indexOf(logLevel);
}
