import { NativeMetric } from '../../native/metric.ts';

/** How a workflow task ended: answered, failed, or as the eviction of its run. */
export type TaskOutcome = 'completed' | 'failed' | 'evicted';

/** Native metrics by their handles: a counter for each outcome, and a histogram of milliseconds. */
export type TaskMetricHandles = Record<TaskOutcome | 'latency', number>;

/** Counts workflow tasks where they are handled: a value goes to the native side without a hop to the main thread. */
export class TaskMetrics {
  readonly #counters: Record<TaskOutcome, NativeMetric>;
  readonly #latency: NativeMetric;

  constructor({ completed, failed, evicted, latency }: TaskMetricHandles) {
    this.#counters = {
      completed: NativeMetric.borrow(completed),
      failed: NativeMetric.borrow(failed),
      evicted: NativeMetric.borrow(evicted),
    };
    this.#latency = NativeMetric.borrow(latency);
  }

  ended(outcome: TaskOutcome, latencyMs: number): void {
    this.#counters[outcome].record(1);
    this.#latency.record(Math.round(latencyMs));
  }
}
