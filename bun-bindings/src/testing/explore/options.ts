import type { Client } from '@temporalio/client';
import type { WorkerOptions } from '../../worker/options/worker-options.ts';
import type {
  EmbeddedServerFaults,
  EmbeddedTestWorkflowEnvironmentOptions,
  TestWorkflowEnvironment,
} from '../test-workflow-environment.ts';

/** The worker of a run, on a task queue and a connection of its own. */
export type ExploreWorkerOptions = Omit<WorkerOptions, 'connection' | 'namespace' | 'taskQueue'>;

/** Options of {@link explore}. */
export interface ExploreOptions {
  /** The worker. A function gives each run one of its own, for activities that remember something. */
  worker: ExploreWorkerOptions | (() => ExploreWorkerOptions);
  /** The number of runs. Each has a seed of its own, from 0 on. @default 200 */
  seeds?: number;
  /** Runs this seed only: the one that a failure has named. */
  seed?: number;
  /**
   * How likely each fault is. A run has them as likely as this, half as likely, twice as likely or not at all, as its seed
   * says. Default: some of each.
   */
  faults?: EmbeddedServerFaults;
  /** Options of each run's server. */
  server?: EmbeddedTestWorkflowEnvironmentOptions['server'];
  /** The real time after which a run counts as one that does not end, in ms. @default 5,000 */
  timeoutMs?: number;
  /** Whether the histories of each run are replayed. @default true */
  replay?: boolean;
}

/** A run that is being explored: what its test body works with. */
export interface ExploredRun {
  readonly env: TestWorkflowEnvironment;
  /** The client of {@link env}. */
  readonly client: Client;
  readonly taskQueue: string;
  readonly seed: number;
}

/** The result of {@link explore}. */
export interface ExploreSummary {
  /** The number of runs, all of which passed. */
  readonly runs: number;
  /** The number of faults that they had. */
  readonly faults: number;
  readonly durationMs: number;
}

/** Some of each fault. */
export const DEFAULT_FAULTS: Required<EmbeddedServerFaults> = {
  workflowTaskTwice: 0.05,
  workflowTaskTimeout: 0.05,
  stickyCacheLost: 0.1,
  eviction: 0.1,
  pollLost: 0.05,
  answerLost: 0.03,
  activityResultLost: 0.1,
  activityFailure: 0.1,
  activityTimeout: 0.1,
  lateHeartbeat: 0.1,
};

/** The probabilities of a seed: the first of every four has no fault, and differs in the order of tasks only. */
export function faultsOf(seed: number, faults: EmbeddedServerFaults): EmbeddedServerFaults {
  const factor = [0, 2, 1, 0.5][seed % 4] ?? 1;
  return Object.fromEntries(
    Object.entries(faults).map(([name, probability]) => [name, Math.min(1, probability * factor)]),
  );
}
