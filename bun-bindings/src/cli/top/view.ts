import type { Output } from '../output.ts';
import type { WorkerSample } from './worker-sample.ts';

/** Tasks that were taken in each second between two samples. */
export interface Rates {
  workflowTasks: number;
  activities: number;
}

/** The rates between two samples that lie so many seconds apart. */
export function ratesBetween(before: WorkerSample, after: WorkerSample, seconds: number): Rates {
  const rate = (name: keyof Rates) => Math.max(0, after.tasks[name] - before.tasks[name]) / seconds;
  return { workflowTasks: rate('workflowTasks'), activities: rate('activities') };
}

/** The most workflow types that are shown. */
const MOST_WORKFLOWS = 10;

/** Writes a sample as a page for a terminal. */
export function page(
  { slots, cache, tasks, latencies, workflows }: WorkerSample,
  rates: Rates | undefined,
  output: Output,
): string {
  const title = (text: string) => output.style('bold', text);
  return [
    title(summary(tasks, rates)),
    '',
    title('Slots'),
    ...slots.map(({ taskQueue, kind, used, available }) => {
      return `  ${kind.padEnd(16)} ${String(used).padStart(6)} used ${String(available).padStart(6)} free  ${taskQueue}`;
    }),
    title('Cache'),
    ...cache.map(
      ({ taskQueue, size, hits, misses }) => `  ${size} workflows, ${hits} hits, ${misses} misses  ${taskQueue}`,
    ),
    title('Latencies'.padEnd(28) + 'mean'.padStart(10) + '95 %'.padStart(12)),
    ...latencies.map(({ name, averageMs, p95Ms }) => {
      return `  ${name.padEnd(26)}${duration(averageMs).padStart(10)}${`≤ ${duration(p95Ms)}`.padStart(12)}`;
    }),
    title(
      'Slowest workflows'.padEnd(28) +
        'mean'.padStart(10) +
        'task'.padStart(12) +
        'ended'.padStart(10) +
        'failed'.padStart(8),
    ),
    ...workflows.slice(0, MOST_WORKFLOWS).map(({ type, averageMs, taskAverageMs, completed, failed }) => {
      const times = duration(averageMs).padStart(10) + duration(taskAverageMs).padStart(12);
      return `  ${type.padEnd(26)}${times}${String(completed + failed).padStart(10)}${String(failed).padStart(8)}`;
    }),
  ].join('\n');
}

/** Writes a sample as one line, for logs. */
export function line(sample: WorkerSample, rates: Rates | undefined): string {
  const used = sample.slots.map(({ kind, used, available }) => `${kind} ${used}/${used + available}`).join(', ');
  const cached = sample.cache.reduce((sum, { size }) => sum + size, 0);
  return `${summary(sample.tasks, rates)}; slots: ${used}; cached: ${cached}`;
}

function summary(tasks: WorkerSample['tasks'], rates: Rates | undefined): string {
  const each = (count: number, name: string, rate: number | undefined) =>
    `${count} ${name}${rate === undefined ? '' : ` (${rate.toFixed(1)}/s)`}`;
  return [
    each(tasks.workflowTasks, 'workflow tasks', rates?.workflowTasks),
    each(tasks.activities, 'activities', rates?.activities),
    `${tasks.failedActivities} failed`,
  ].join(', ');
}

function duration(ms: number): string {
  if (!Number.isFinite(ms)) return 'more';
  return ms < 10_000 ? `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
