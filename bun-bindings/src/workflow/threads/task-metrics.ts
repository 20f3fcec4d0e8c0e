import { NativeMetric } from '../../native/metric.ts';

/** The end of a workflow task: completed, failed, or an eviction of the run. */
export type TaskOutcome = 'completed' | 'failed' | 'evicted';

/** Handles of native metrics: a counter for each outcome, a histogram in ms, a gauge in bytes, and a counter of runs. */
export type TaskMetricHandles = Record<TaskOutcome | 'latency' | 'cacheMemory' | 'memoryEvictions', number>;

/** Records metrics of workflow tasks directly from the workflow thread. */
export class TaskMetrics {
  readonly #counters: Record<TaskOutcome, NativeMetric>;
  readonly #latency: NativeMetric;
  readonly #cacheMemory: NativeMetric;
  readonly #memoryEvictions: NativeMetric;

  constructor(handles: TaskMetricHandles) {
    const { completed, failed, evicted, latency, cacheMemory, memoryEvictions } = handles;
    this.#counters = {
      completed: NativeMetric.borrow(completed),
      failed: NativeMetric.borrow(failed),
      evicted: NativeMetric.borrow(evicted),
    };
    this.#latency = NativeMetric.borrow(latency);
    this.#cacheMemory = NativeMetric.borrow(cacheMemory);
    this.#memoryEvictions = NativeMetric.borrow(memoryEvictions);
  }

  ended(outcome: TaskOutcome, latencyMs: number): void {
    this.#counters[outcome].record(1);
    this.#latency.record(Math.round(latencyMs));
  }

  cacheTakes(bytes: number): void {
    this.#cacheMemory.record(bytes);
  }

  evictingForMemory(runs: number): void {
    this.#memoryEvictions.record(runs);
  }
}
