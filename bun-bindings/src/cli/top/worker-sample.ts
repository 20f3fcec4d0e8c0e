import { numberOf, type Sample } from './prometheus-text.ts';

/** The state of a worker's metrics at one time. Durations are in milliseconds. */
export interface WorkerSample {
  slots: { taskQueue: string; kind: string; used: number; available: number }[];
  cache: { taskQueue: string; size: number; hits: number; misses: number }[];
  /** Counts since the worker has started. */
  tasks: { workflowTasks: number; activities: number; failedActivities: number };
  latencies: { name: string; count: number; averageMs: number; p95Ms: number }[];
  /** The slowest first, by the mean time from start to end. */
  workflows: { type: string; completed: number; failed: number; averageMs: number; taskAverageMs: number }[];
}

/** Names of latencies by what they tell. */
const LATENCIES = {
  'workflow task, waiting': 'workflow_task_schedule_to_start_latency',
  'workflow task, execution': 'workflow_task_execution_latency',
  'activity, waiting': 'activity_schedule_to_start_latency',
  'activity, execution': 'activity_execution_latency',
  'request to the server': 'request_latency',
};
const MS_PER_SECOND = 1000;

/** Makes a sample of the metrics that a worker exports, whether or not their names have units and `_total`. */
export function workerSample(samples: readonly Sample[]): WorkerSample {
  const metrics = new Metrics(samples);
  return {
    slots: metrics.all('worker_task_slots_used').map(({ labels, value }) => ({
      taskQueue: labels.task_queue ?? '',
      kind: (labels.worker_type ?? '').replace(/Worker$/, ''),
      used: value,
      available: metrics.sum('worker_task_slots_available', labels),
    })),
    cache: metrics.all('sticky_cache_size').map(({ labels: { task_queue: taskQueue = '' }, value }) => ({
      taskQueue,
      size: value,
      hits: metrics.sum('sticky_cache_hit', { task_queue: taskQueue }),
      misses: metrics.sum('sticky_cache_miss', { task_queue: taskQueue }),
    })),
    tasks: {
      workflowTasks: metrics.sum('workflow_task_queue_poll_succeed'),
      activities: metrics.sum('activity_task_received'),
      failedActivities: metrics.sum('activity_execution_failed'),
    },
    latencies: Object.entries(LATENCIES).flatMap(([name, metric]) => {
      const count = metrics.count(metric);
      return count === 0
        ? []
        : [{ name, count, averageMs: metrics.average(metric), p95Ms: metrics.quantile(metric, 0.95) }];
    }),
    workflows: metrics
      .labelValues('workflow_endtoend_latency_count', 'workflow_type')
      .map((type) => ({
        type,
        completed: metrics.sum('workflow_completed', { workflow_type: type }),
        failed: metrics.sum('workflow_failed', { workflow_type: type }),
        averageMs: metrics.average('workflow_endtoend_latency', { workflow_type: type }),
        taskAverageMs: metrics.average('workflow_task_execution_latency', { workflow_type: type }),
      }))
      .sort((a, b) => b.averageMs - a.averageMs),
  };
}

/** Metrics by their names without prefix, unit and `_total`. */
class Metrics {
  readonly #byName = new Map<string, Sample[]>();

  constructor(samples: readonly Sample[]) {
    for (const { name, labels, value } of samples) {
      const [, base = '', unit, part = ''] =
        /^temporal_(\w+?)(_seconds|_milliseconds)?(_sum|_count|_bucket)?(?:_total)?$/.exec(name) ?? [];
      const key = base + part;
      const inSeconds = unit === '_seconds';
      const known = this.#byName.get(key) ?? [];
      this.#byName.set(key, known);
      known.push({
        name: key,
        labels: inSeconds && labels.le ? { ...labels, le: String(numberOf(labels.le) * MS_PER_SECOND) } : labels,
        value: inSeconds && part === '_sum' ? value * MS_PER_SECOND : value,
      });
    }
  }

  all(name: string): readonly Sample[] {
    return this.#byName.get(name) ?? [];
  }

  labelValues(name: string, label: string): string[] {
    return [...new Set(this.all(name).flatMap(({ labels }) => labels[label] ?? []))];
  }

  /** The sum of the values whose labels are these, whatever others they have. */
  sum(name: string, labels: Record<string, string> = {}): number {
    return this.#of(name, labels).reduce((sum, { value }) => sum + value, 0);
  }

  count(histogram: string): number {
    return this.sum(`${histogram}_count`);
  }

  average(histogram: string, labels: Record<string, string> = {}): number {
    const count = this.sum(`${histogram}_count`, labels);
    return count === 0 ? 0 : this.sum(`${histogram}_sum`, labels) / count;
  }

  /** The upper bound of the bucket that the quantile lies in. Infinite if it is longer than all bounds. */
  quantile(histogram: string, share: number): number {
    const buckets = new Map<number, number>();
    for (const { labels, value } of this.all(`${histogram}_bucket`)) {
      const bound = numberOf(labels.le ?? '');
      buckets.set(bound, (buckets.get(bound) ?? 0) + value);
    }
    const bounds = [...buckets.keys()].sort((a, b) => a - b);
    const wanted = this.count(histogram) * share;
    return bounds.find((bound) => (buckets.get(bound) ?? 0) >= wanted) ?? Number.POSITIVE_INFINITY;
  }

  #of(name: string, labels: Record<string, string>): readonly Sample[] {
    const wanted = Object.entries(labels);
    return this.all(name).filter((sample) => wanted.every(([key, value]) => sample.labels[key] === value));
  }
}
