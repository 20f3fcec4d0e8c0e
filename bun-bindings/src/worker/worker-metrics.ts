import type { MetricCounter, MetricHistogram, MetricMeter } from '@temporalio/common';

/** How an activity attempt ended. `async`: it will be completed from elsewhere. */
export type ActivityOutcome = 'completed' | 'failed' | 'cancelled' | 'async';

/** How a workflow task ended: answered with commands, failed, or as the eviction of its run. */
export type WorkflowTaskOutcome = 'completed' | 'failed' | 'evicted';

/**
 * What a worker counts, beside core's own metrics. All carry the tags `namespace` and `taskQueue`.
 *
 * | metric | kind | unit | tags |
 * | --- | --- | --- | --- |
 * | `temporal_bun_activity_tasks` | counter | tasks | `activityType`, `outcome` (`completed`, `failed`, `cancelled`, `async`) |
 * | `temporal_bun_activity_execution_latency` | histogram | ms, from the start task to its completion | `activityType` |
 * | `temporal_bun_activity_completion_failures` | counter | completions that core refused | `activityType` |
 * | `temporal_bun_workflow_tasks` | counter | activations | `outcome` (`completed`, `failed`, `evicted`) |
 * | `temporal_bun_workflow_task_latency` | histogram | ms that workflow code took | |
 */
export class WorkerMetrics {
  readonly #activityTasks: MetricCounter;
  readonly #activityLatency: MetricHistogram;
  readonly #completionFailures: MetricCounter;
  readonly #workflowTasks: MetricCounter;
  readonly #workflowLatency: MetricHistogram;

  constructor(meter: MetricMeter) {
    this.#activityTasks = meter.createCounter('temporal_bun_activity_tasks', undefined, 'Activity attempts that ended');
    this.#activityLatency = meter.createHistogram(
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
    this.#workflowTasks = meter.createCounter('temporal_bun_workflow_tasks', undefined, 'Workflow activations that ended');
    this.#workflowLatency = meter.createHistogram(
      'temporal_bun_workflow_task_latency',
      'int',
      'ms',
      'Time that a workflow activation took',
    );
  }

  activityEnded(activityType: string, outcome: ActivityOutcome, latencyMs: number): void {
    this.#activityTasks.add(1, { activityType, outcome });
    this.#activityLatency.record(Math.round(latencyMs), { activityType });
  }

  activityCompletionFailed(activityType: string): void {
    this.#completionFailures.add(1, { activityType });
  }

  workflowTaskEnded(outcome: WorkflowTaskOutcome, latencyMs: number): void {
    this.#workflowTasks.add(1, { outcome });
    this.#workflowLatency.record(Math.round(latencyMs));
  }
}
