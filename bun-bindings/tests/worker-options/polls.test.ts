import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import type { WorkerOptions } from '../../src/worker/options/worker-options.ts';
import { type RunningJobs, withJobs } from '../fixtures/nexus/nexus-worker.ts';
import * as workflows from '../fixtures/tuning-workflows.ts';
import { callQuick } from '../nexus/calls.ts';
import { useClient } from '../support/client.ts';
import { useDevServer } from '../support/dev-server.ts';
import { start } from '../support/observe.ts';
import { type TestServer, useServer } from '../support/test-server.ts';
import { type RunningWorker, withWorker } from '../support/test-worker.ts';
import { RecordedMetrics } from './recorded-metrics.ts';

setDefaultTimeout(60_000);
const metrics = RecordedMetrics.install();
// The embedded server can have done a workflow before a worker has opened all of its polls.
const real = useDevServer();
const server = useServer();
const open = useClient(server);

/** Runs a worker for workflows and activities, and gives the name of its task queue. */
function onWorker(
  options: Partial<WorkerOptions>,
  fn: (worker: RunningWorker) => Promise<unknown>,
  on: TestServer = server,
): Promise<string> {
  const workflowsPath = `${import.meta.dir}/../fixtures/tuning-workflows.ts`;
  return withWorker(on, { workflowsPath, activities: { async work() {} }, ...options }, async (worker) => {
    await fn(worker);
    return worker.taskQueue;
  });
}

/** Runs a worker for workflows and Nexus operations, and gives the name of its task queue. */
function onNexusWorker(
  options: Partial<WorkerOptions>,
  fn: (jobs: RunningJobs) => Promise<unknown>,
  on: TestServer = server,
): Promise<string> {
  return withJobs(on, {}, options, async (jobs) => {
    await fn(jobs);
    return jobs.taskQueue;
  });
}

/** One workflow with an activity: all polls of an idle worker are open by then. */
const little = async (worker: RunningWorker) => (await start(worker, workflows.manyActivities, [1])).result();

const KINDS = {
  workflow: 'workflow_task',
  sticky: 'sticky_workflow_task',
  activity: 'activity_task',
  nexus: 'nexus_task',
};

/** How many polls were open, each time that the number changed, for tasks of each kind. */
function numbersOfPolls(queue: string): Record<keyof typeof KINDS, number[]> {
  const numbersOf = (kind: string) => metrics.values('temporal_num_pollers', { task_queue: queue, poller_type: kind });
  return mapValues(KINDS, numbersOf);
}

/** The most polls that were open at once. */
const openPolls = (queue: string) => mapValues(numbersOfPolls(queue), (numbers) => Math.max(0, ...numbers));

/** The polls that were open before the first one came back. */
const firstPolls = (queue: string) =>
  mapValues(numbersOfPolls(queue), (numbers) => {
    const drop = numbers.findIndex((number, index) => number < (numbers[index - 1] ?? 0));
    return Math.max(0, ...numbers.slice(0, drop === -1 ? undefined : drop));
  });

function mapValues<K extends string, A, B>(object: Record<K, A>, fn: (value: A) => B): Record<K, B> {
  return Object.fromEntries(Object.entries<A>(object).map(([key, value]) => [key, fn(value)])) as Record<K, B>;
}

const simple = (maximum: number) => ({ type: 'simple-maximum', maximum }) as const;

describe('a simple maximum', () => {
  test.concurrent.each<[string, Partial<WorkerOptions>, number, number]>([
    ['10 by default, of which a fifth is for new workflows', {}, 2, 8],
    ['of maxConcurrentWorkflowTaskPolls', { maxConcurrentWorkflowTaskPolls: 5 }, 1, 4],
    ['of workflowTaskPollerBehavior', { workflowTaskPollerBehavior: simple(15) }, 3, 12],
    [
      'shared as nonStickyToStickyPollRatio says',
      { maxConcurrentWorkflowTaskPolls: 8, nonStickyToStickyPollRatio: 0.75 },
      6,
      2,
    ],
    ['at least one for each queue', { maxConcurrentWorkflowTaskPolls: 1, nonStickyToStickyPollRatio: 1 }, 2, 1],
    ['without a cache, none for a sticky queue', { maxCachedWorkflows: 0, nonStickyToStickyPollRatio: 1 }, 10, 0],
    ['no more than the slots for the tasks', { maxConcurrentWorkflowTaskExecutions: 5 }, 1, 4],
  ])('of polls for workflow tasks: %s', async (_, options, workflow, sticky) => {
    const queue = await onWorker(options, little, real);
    expect(openPolls(queue)).toMatchObject({ workflow, sticky });
  });

  test.concurrent.each<[string, Partial<WorkerOptions>, number]>([
    ['10 by default', {}, 10],
    ['of maxConcurrentActivityTaskPolls', { maxConcurrentActivityTaskPolls: 4 }, 4],
    ['of activityTaskPollerBehavior', { activityTaskPollerBehavior: simple(13) }, 13],
    ['no more than the slots for the tasks', { maxConcurrentActivityTaskExecutions: 3 }, 3],
  ])('of polls for activity tasks: %s', async (_, options, activity) => {
    const queue = await onWorker(options, little, real);
    expect(openPolls(queue)).toMatchObject({ activity, nexus: 0 });
  });

  test.concurrent.each<[string, Partial<WorkerOptions>, number]>([
    ['10 by default', {}, 10],
    ['of maxConcurrentNexusTaskPolls', { maxConcurrentNexusTaskPolls: 4 }, 4],
    ['of nexusTaskPollerBehavior', { nexusTaskPollerBehavior: simple(13) }, 13],
    ['no more than the slots for the tasks', { maxConcurrentNexusTaskExecutions: 3 }, 3],
  ])('of polls for Nexus tasks: %s', async (_, options, nexus) => {
    const queue = await onNexusWorker(options, callQuick, real);
    expect(openPolls(queue)).toMatchObject({ nexus });
  });
});

describe('autoscaling', () => {
  const behavior = { type: 'autoscaling', initial: 2, maximum: 4 } as const;

  test('begins with the initial number of polls', async () => {
    const pollers = { workflowTaskPollerBehavior: behavior, activityTaskPollerBehavior: behavior };
    const queue = await onWorker(pollers, little);
    expect(firstPolls(queue)).toMatchObject({ workflow: 2, sticky: 2, activity: 2 });
    const nexusQueue = await onNexusWorker({ nexusTaskPollerBehavior: behavior }, callQuick);
    expect(firstPolls(nexusQueue).nexus).toBe(2);
  });

  test('opens more when much is waiting, up to the maximum', async () => {
    const taskQueue = `busy-${crypto.randomUUID()}`;
    const startOne = () => start({ client: open.client, taskQueue }, workflows.manyActivities, [10]);
    const handles = await Promise.all(Array.from({ length: 30 }, startOne));
    const pollers = { workflowTaskPollerBehavior: behavior, activityTaskPollerBehavior: behavior };
    await onWorker({ taskQueue, ...pollers }, () => Promise.all(handles.map((handle) => handle.result())));
    const polls = openPolls(taskQueue);
    for (const most of [polls.workflow, polls.activity]) {
      expect(most).toBeGreaterThan(2);
      expect(most).toBeLessThanOrEqual(4);
    }
  });

  test('begins with its minimum if that is more than five, and with its maximum if that is less', async () => {
    const pollers = {
      workflowTaskPollerBehavior: { type: 'autoscaling', minimum: 7 },
      activityTaskPollerBehavior: { type: 'autoscaling', maximum: 3 },
    } as const;
    const queue = await onWorker(pollers, little);
    expect(firstPolls(queue)).toMatchObject({ workflow: 7, sticky: 7, activity: 3 });
  });
});
