import { NativeMetric } from '../../native/metric.ts';

/** The end of a workflow task: completed, failed, or an eviction of the run. */
export type TaskOutcome = 'completed' | 'failed' | 'evicted';

/** Handles of native metrics: a counter for each outcome, and a histogram in ms. */
export type TaskMetricHandles = Record<TaskOutcome | 'latency', number>;

/** Records metrics of workflow tasks directly from the workflow thread. */
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
