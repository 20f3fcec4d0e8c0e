import { callHost, host } from '../bridge.ts';
import { currentActivator } from '../current.ts';

/** The `console` of workflow code: silent while history is replayed, each line marked with its workflow. */
export const console = Object.fromEntries(
  (['log', 'warn', 'error', 'info', 'debug'] as const).map((level) => [
    level,
    (...args: unknown[]): void => {
      const info = currentActivator()?.info;
      if (info?.unsafe.isReplayingHistoryEvents) return;
      const prefix = info === undefined ? '[not in workflow context]' : `[${info.workflowType}(${info.workflowId})]`;
      callHost(() => host.print(level, prefix, args));
    },
  ]),
);
