import type { NativeMetric } from '../../native/metric.ts';
import type { NativeRuntime } from '../../native/runtime.ts';
import type { ThreadLoss } from '../../workflow/threads/lost-threads.ts';
import type { TaskMetricHandles } from '../../workflow/threads/task-metrics.ts';

/**
 * Metrics of workflow tasks, in addition to core's own. They carry the tags `namespace` and `task_queue`,
 * named as core's are.
 *
 * | metric | kind | unit | tags |
 * | --- | --- | --- | --- |
 * | `temporal_bun_workflow_tasks` | counter | activations | `outcome` (`completed`, `failed`, `evicted`) |
 * | `temporal_bun_workflow_task_latency` | histogram | ms, from the arrival of an activation to its completion | |
 * | `temporal_bun_workflow_cache_memory` | gauge | bytes that the workflow threads' heaps have grown by since they were loaded | |
 * | `temporal_bun_workflow_memory_evictions` | counter | runs whose eviction was requested because of `maxCachedWorkflowsMemory` | |
 * | `temporal_bun_workflow_threads_lost` | counter | workflow threads that others have replaced | `cause` ({@link ThreadLoss}) |
 */
export class WorkflowTaskMetrics {
  /** The handles of the metrics, with which workflow threads record values. */
  readonly handles: TaskMetricHandles;
  readonly #metrics: NativeMetric[];
  readonly #lost: Record<ThreadLoss, NativeMetric>;

  constructor(runtime: NativeRuntime, { namespace, taskQueue }: { namespace: string; taskQueue: string }) {
    const tags = { namespace, task_queue: taskQueue };
    const tasks = runtime.newMetric({
      kind: 'counter',
      name: 'temporal_bun_workflow_tasks',
      description: 'Workflow activations that ended',
    });
    const latencies = runtime.newMetric({
      kind: 'histogram',
      name: 'temporal_bun_workflow_task_latency',
      unit: 'ms',
      description: 'Time from a workflow activation to its completion',
    });
    const memory = runtime.newMetric({
      kind: 'gauge',
      name: 'temporal_bun_workflow_cache_memory',
      unit: 'By',
      description: 'Memory that cached workflow runs take',
    });
    const memoryEvictions = runtime.newMetric({
      kind: 'counter',
      name: 'temporal_bun_workflow_memory_evictions',
      description: 'Workflow runs that were evicted because the cache took too much memory',
    });
    const lostThreads = runtime.newMetric({
      kind: 'counter',
      name: 'temporal_bun_workflow_threads_lost',
      description: 'Workflow threads that have crashed or were given up, and that others have replaced',
    });
    const lostBy = (cause: ThreadLoss): NativeMetric => lostThreads.withAttributes({ ...tags, cause });
    this.#lost = { busy: lostBy('busy'), memory: lostBy('memory'), crash: lostBy('crash') };
    const completed = tasks.withAttributes({ ...tags, outcome: 'completed' });
    const failed = tasks.withAttributes({ ...tags, outcome: 'failed' });
    const evicted = tasks.withAttributes({ ...tags, outcome: 'evicted' });
    const latency = latencies.withAttributes(tags);
    const cacheMemory = memory.withAttributes(tags);
    const evictedForMemory = memoryEvictions.withAttributes(tags);
    this.#metrics = [tasks, latencies, completed, failed, evicted, latency];
    this.#metrics.push(memory, memoryEvictions, cacheMemory, evictedForMemory);
    this.#metrics.push(lostThreads, ...Object.values(this.#lost));
    this.handles = {
      completed: completed.handle,
      failed: failed.handle,
      evicted: evicted.handle,
      latency: latency.handle,
      cacheMemory: cacheMemory.handle,
      memoryEvictions: evictedForMemory.handle,
    };
  }

  /** Counts a workflow thread that another one replaces. */
  countLostThread(cause: ThreadLoss): void {
    this.#lost[cause].record(1);
  }

  /** Frees the metrics. No thread may record values after that. */
  free(): void {
    for (const metric of this.#metrics) metric.free();
  }
}
