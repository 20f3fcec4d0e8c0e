import type { MetricCounter, MetricHistogram, MetricMeter } from '@temporalio/common';

/** The end of an activity attempt. `async`: a client will complete the activity. */
export type ActivityOutcome = 'completed' | 'failed' | 'cancelled' | 'async';

/**
 * Metrics of activities, in addition to core's own. They carry the tags `namespace` and `task_queue`, named as
 * core's are.
 *
 * | metric | kind | unit | tags |
 * | --- | --- | --- | --- |
 * | `temporal_bun_activity_tasks` | counter | tasks | `activity_type`, `outcome` (`completed`, `failed`, `cancelled`, `async`) |
 * | `temporal_bun_activity_execution_latency` | histogram | ms, from the start task to its completion | `activity_type` |
 * | `temporal_bun_activity_completion_failures` | counter | completions that core refused | `activity_type` |
 */
export class ActivityMetrics {
  readonly #tasks: MetricCounter;
  readonly #latency: MetricHistogram;
  readonly #completionFailures: MetricCounter;

  constructor(meter: MetricMeter) {
    this.#tasks = meter.createCounter('temporal_bun_activity_tasks', undefined, 'Activity attempts that ended');
    this.#latency = meter.createHistogram(
      'temporal_bun_activity_execution_latency',
      'int',
      'ms',
      'Time from an activity task to its completion',
    );
    this.#completionFailures = meter.createCounter(
      'temporal_bun_activity_completion_failures',
      undefined,
      'Activity completions that could not be handed over',
    );
  }

  ended(activityType: string, outcome: ActivityOutcome, latencyMs: number): void {
    this.#tasks.add(1, { activity_type: activityType, outcome });
    this.#latency.record(Math.round(latencyMs), { activity_type: activityType });
  }

  completionFailed(activityType: string): void {
    this.#completionFailures.add(1, { activity_type: activityType });
  }
}
