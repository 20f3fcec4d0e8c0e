import type { SinkCall } from '@temporalio/workflow';

/** Which sink calls have somebody to hear them. The others need not leave the thread. */
export interface SinkFilter {
  /** Logger calls below this level are dropped. */
  logLevel?: 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
  /** `sink.function` of all functions with `callDuringReplay`; calls of others during replay are dropped. */
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
