import type { WorkflowInfo } from '@temporalio/workflow';
import type { InjectedSinks } from '../../src/worker/sinks/sinks.ts';
import type { ObservationSinks } from './messages.ts';

/** Traces of runs that have come to their end, as their sinks tell them. */
export class Observers {
  /** By run id. A run that comes to its end again, since its task was tried again, counts with its last trace. */
  readonly traces = new Map<string, string[]>();

  readonly sinks: InjectedSinks<ObservationSinks> = {
    observations: {
      ended: { fn: ({ runId }: WorkflowInfo, trace) => void this.traces.set(runId, trace), callDuringReplay: true },
    },
  };
}
