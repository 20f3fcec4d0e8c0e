import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import type { WorkerOptions } from '../../src/worker/options/worker-options.ts';
import { ResourceBasedController, type WorkerTuner } from '../../src/worker/tuner/worker-tuner.ts';
import { withJobs } from '../fixtures/nexus/nexus-worker.ts';
import * as workflows from '../fixtures/tuning-workflows.ts';
import { startQuick } from '../nexus/calls.ts';
import { start } from '../support/observe.ts';
import { useServer } from '../support/test-server.ts';
import { type RunningWorker, withWorker } from '../support/test-worker.ts';
import { Crowd } from './crowd.ts';
import { RecordedMetrics } from './recorded-metrics.ts';

setDefaultTimeout(60_000);
const metrics = RecordedMetrics.install();
const server = useServer();
const workflowsPath = `${import.meta.dir}/../fixtures/tuning-workflows.ts`;

/** The kinds of tasks as core's metrics name them. */
type Kind = 'WorkflowWorker' | 'ActivityWorker' | 'LocalActivityWorker' | 'NexusWorker';

/** Most slots in use at once, and most that were free, for tasks of a kind. */
function slotsOf(kind: Kind, taskQueue: string) {
  const attributes = { worker_type: kind, task_queue: taskQueue };
  return {
    used: metrics.highest('temporal_worker_task_slots_used', attributes),
    available: metrics.highest('temporal_worker_task_slots_available', attributes),
  };
}

/** A round trip of the worker through the server: what it can do at once it has done by then. */
async function roundTrip(worker: RunningWorker): Promise<void> {
  await (await start(worker, workflows.nothing, [])).result();
}

/** Runs nine activities that wait, and returns how many ran at once when `size` were reached. */
async function activitiesAtOnce(
  options: Partial<WorkerOptions>,
  size: number,
): Promise<{ most: number; queue: string }> {
  const crowd = new Crowd();
  return withWorker(server, { workflowsPath, activities: { work: crowd.join }, ...options }, async (worker) => {
    const handle = await start(worker, workflows.manyActivities, [9]);
    await crowd.reaches(size);
    await roundTrip(worker);
    const { most } = crowd;
    crowd.letGo();
    await handle.result();
    expect(crowd.most).toBe(most);
    return { most, queue: worker.taskQueue };
  });
}

async function localActivitiesAtOnce(options: Partial<WorkerOptions>, size: number) {
  const crowd = new Crowd();
  return withWorker(server, { workflowsPath, activities: { work: crowd.join }, ...options }, async (worker) => {
    const handle = await start(worker, workflows.manyLocalActivities, [9]);
    await crowd.reaches(size);
    await roundTrip(worker);
    crowd.letGo();
    await handle.result();
    return { most: crowd.most, queue: worker.taskQueue };
  });
}

async function nexusTasksAtOnce(options: Partial<WorkerOptions>, size: number) {
  const crowd = new Crowd();
  const quick = async () => {
    await crowd.join();
    return 'done';
  };
  return withJobs(server, { quick }, options, async (jobs) => {
    const handles = await Promise.all(Array.from({ length: 9 }, () => startQuick(jobs, 'input')));
    await crowd.reaches(size);
    crowd.letGo();
    await Promise.all(handles.map((handle) => handle.result()));
    return { most: crowd.most, queue: jobs.taskQueue };
  });
}

const fixed = (numSlots: number) => ({ type: 'fixed-size', numSlots }) as const;
const tunerOf = (change: Partial<Record<string, unknown>>) =>
  ({
    workflowTaskSlotSupplier: fixed(20),
    activityTaskSlotSupplier: fixed(20),
    localActivityTaskSlotSupplier: fixed(20),
    nexusTaskSlotSupplier: fixed(20),
    ...change,
  }) as WorkerTuner;

describe.each([
  ['ActivityTaskExecutions', 'activityTaskSlotSupplier', 'ActivityWorker', activitiesAtOnce],
  ['LocalActivityExecutions', 'localActivityTaskSlotSupplier', 'LocalActivityWorker', localActivitiesAtOnce],
  ['NexusTaskExecutions', 'nexusTaskSlotSupplier', 'NexusWorker', nexusTasksAtOnce],
] as const)('%s', (name, supplier, kind, atOnce) => {
  test.concurrent.each<[string, Partial<WorkerOptions>]>([
    [`maxConcurrent${name}`, { [`maxConcurrent${name}`]: 3 }],
    [`a fixed ${supplier}`, { tuner: tunerOf({ [supplier]: fixed(3) }) }],
  ])('no more at once than %s says', async (_, options) => {
    const { most, queue } = await atOnce(options, 3);
    expect(most).toBe(3);
    expect(slotsOf(kind, queue)).toEqual({ used: 3, available: 3 });
  });
});

describe('WorkflowTaskExecutions', () => {
  test.concurrent.each<[string, Partial<WorkerOptions>]>([
    ['maxConcurrentWorkflowTaskExecutions', { maxConcurrentWorkflowTaskExecutions: 3 }],
    ['a fixed workflowTaskSlotSupplier', { tuner: tunerOf({ workflowTaskSlotSupplier: fixed(3) }) }],
  ])('no more at once than %s says', async (_, options) => {
    const crowd = new Crowd();
    const queue = await withWorker(
      server,
      // Nearly all polls are for new runs.
      { workflowsPath, activities: { work: crowd.join }, ...options, nonStickyToStickyPollRatio: 0.9 },
      async (worker) => {
        // The poll of the sticky queue has its slot by then. A poll for new runs that comes back before could take it.
        await roundTrip(worker);
        // A workflow task goes on while its local activity does.
        const startOne = () => start(worker, workflows.manyLocalActivities, [1], { workflowTaskTimeout: '1 minute' });
        const handles = await Promise.all(Array.from({ length: 9 }, startOne));
        await crowd.reaches(2); // The third slot is kept for the sticky queue.
        crowd.letGo();
        await Promise.all(handles.map((handle) => handle.result()));
        return worker.taskQueue;
      },
    );
    expect(crowd.most).toBe(2);
    const { used, available } = slotsOf('WorkflowWorker', queue);
    expect(available).toBe(3);
    expect([2, 3]).toContain(used);
  });
});

describe('a resource-based tuner', () => {
  const idle = { targetMemoryUsage: 1, targetCpuUsage: 1 };
  /** More than this is always in use. */
  const exhausted = { targetMemoryUsage: 0, targetCpuUsage: 0 };

  test.concurrent.each<[string, WorkerTuner, number]>([
    [
      'gives no more than the minimum where the targets are exceeded',
      { tunerOptions: exhausted, activityTaskSlotOptions: { minimumSlots: 3, rampThrottle: 0 } },
      3,
    ],
    [
      'has targets from a controller',
      {
        controller: ResourceBasedController.create(exhausted),
        activityTaskSlotOptions: { minimumSlots: 2, rampThrottle: 0 },
      },
      2,
    ],
    [
      'gives more than the minimum, but not more than the maximum, where there is room',
      { tunerOptions: idle, activityTaskSlotOptions: { minimumSlots: 1, maximumSlots: 4, rampThrottle: 0 } },
      4,
    ],
    [
      'may be one of several suppliers',
      tunerOf({
        activityTaskSlotSupplier: { type: 'resource-based', tunerOptions: exhausted, minimumSlots: 3, rampThrottle: 0 },
      }),
      3,
    ],
  ])('%s', async (_, tuner, expected) => {
    const { most, queue } = await activitiesAtOnce({ tuner }, expected);
    expect(most).toBe(expected);
    expect(slotsOf('ActivityWorker', queue).used).toBe(expected);
  });

  test('waits between two slots above the minimum', async () => {
    const crowd = new Crowd();
    const activities = { work: crowd.join };
    const tuner: WorkerTuner = {
      tunerOptions: idle,
      activityTaskSlotOptions: { minimumSlots: 2, rampThrottle: '1 hour' },
    };
    await withWorker(server, { workflowsPath, activities, tuner }, async (worker) => {
      const handle = await start(worker, workflows.manyActivities, [9]);
      await crowd.reaches(2);
      await roundTrip(worker);
      expect(crowd.most).toBe(2);
      // The next slot comes in an hour.
      await handle.terminate();
      crowd.letGo();
    });
  });
});
