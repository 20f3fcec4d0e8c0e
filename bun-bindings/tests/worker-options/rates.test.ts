import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { Context, heartbeat } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import type { ActivityOptions } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import type { WorkerOptions } from '../../src/worker/options/worker-options.ts';
import type { ActivitySlotInfo, CustomSlotSupplier, WorkerTuner } from '../../src/worker/tuner/worker-tuner.ts';
import * as workflows from '../fixtures/tuning-workflows.ts';
import { useDevServer } from '../support/dev-server.ts';
import { eventsOf, failureOf, start, untilEvent } from '../support/observe.ts';
import { type RunningWorker, withWorker } from '../support/test-worker.ts';
import { RecordedMetrics } from './recorded-metrics.ts';

setDefaultTimeout(60_000);
const metrics = RecordedMetrics.install();
const server = useDevServer({ extraArgs: ['--dynamic-config-value', 'system.enableActivityEagerExecution=true'] });
const workflowsPath = `${import.meta.dir}/../fixtures/tuning-workflows.ts`;

function onWorker<R>(options: Partial<WorkerOptions>, fn: (worker: RunningWorker) => Promise<R>): Promise<R> {
  return withWorker(server, { workflowsPath, activities: { async work() {} }, ...options }, fn);
}

/** When the server gave out the activities of a workflow, in ms since the first one. */
async function startTimes(handle: WorkflowHandle): Promise<number[]> {
  const times = (await eventsOf(handle))
    .filter((event) => event.activityTaskStartedEventAttributes != null)
    .map(({ eventTime }) => Number(eventTime?.seconds) * 1000 + Number(eventTime?.nanos) / 1e6)
    .toSorted((a, b) => a - b);
  return times.map((time) => time - (times[0] ?? 0));
}

test('maxActivitiesPerSecond limits how fast a worker takes activities', async () => {
  await onWorker({ maxActivitiesPerSecond: 5, maxConcurrentActivityTaskPolls: 1 }, async (worker) => {
    const handle = await start(worker, workflows.manyActivities, [12, { allowEagerDispatch: false }]);
    await handle.result();
    const times = await startTimes(handle);
    expect(times).toHaveLength(12);
    // Up to three polls have been allowed before there was anything to take.
    expect(times.at(-1)).toBeGreaterThanOrEqual((12 - 3) * 200);
  });
});

test('maxTaskQueueActivitiesPerSecond is what the server limits the task queue to', async () => {
  await onWorker({ maxTaskQueueActivitiesPerSecond: 7.5 }, async (worker) => {
    await (await start(worker, workflows.manyActivities, [1])).result();
    const { TaskQueueType, RateLimitSource } = temporal.api.enums.v1;
    const { effectiveRateLimit } = await worker.client.workflowService.describeTaskQueue({
      namespace: 'default',
      taskQueue: { name: worker.taskQueue },
      taskQueueType: TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
      reportConfig: true,
    });
    expect(effectiveRateLimit).toMatchObject({
      requestsPerSecond: 7.5,
      rateLimitSource: RateLimitSource.RATE_LIMIT_SOURCE_WORKER,
    });
  });
});

describe('maxEagerActivityReservationsPerWorkflowTask', () => {
  /** Activities get slots only together with the workflow task that schedules them. */
  class EagerOnly implements CustomSlotSupplier<ActivitySlotInfo> {
    readonly type = 'custom';
    asked = 0;
    async reserveSlot(_context: unknown, abort: AbortSignal): Promise<never> {
      return new Promise((_, reject) => abort.addEventListener('abort', () => reject(abort.reason)));
    }
    tryReserveSlot(): object {
      return { number: ++this.asked };
    }
    markSlotUsed(): void {}
    releaseSlot(): void {}
  }

  test.concurrent.each<[Partial<WorkerOptions>, number]>([
    [{}, 3],
    [{ maxEagerActivityReservationsPerWorkflowTask: 5 }, 5],
    [{ maxEagerActivityReservationsPerWorkflowTask: 1 }, 1],
    [{ maxEagerActivityReservationsPerWorkflowTask: 0 }, 0],
  ])('%p', async (options, eager) => {
    const slots = new EagerOnly();
    const fixed = { type: 'fixed-size', numSlots: 10 } as const;
    const tuner: WorkerTuner = {
      workflowTaskSlotSupplier: fixed,
      activityTaskSlotSupplier: slots,
      localActivityTaskSlotSupplier: fixed,
      nexusTaskSlotSupplier: fixed,
    };
    let ran = 0;
    const all = Promise.withResolvers<void>();
    const work = async () => {
      if (++ran === eager) all.resolve();
    };
    if (eager === 0) all.resolve();
    await onWorker({ tuner, activities: { work }, ...options }, async (worker) => {
      const handle = await start(worker, workflows.manyActivities, [7]);
      await all.promise;
      await untilEvent(worker.client, handle, 'activityTaskScheduledEventAttributes');
      await handle.terminate();
    });
    expect({ asked: slots.asked, ran }).toEqual({ asked: eager, ran: eager });
  });
});

describe('heartbeats', () => {
  const sent = () => metrics.total('temporal_request', { operation: 'RecordActivityTaskHeartbeat' });

  /** Runs an activity that sends a heartbeat, and a second one whose answer tells it of its cancellation. */
  async function secondHeartbeatArrives(options: Partial<WorkerOptions>, change: ActivityOptions): Promise<void> {
    const first = Promise.withResolvers<void>();
    const second = Promise.withResolvers<void>();
    const work = async () => {
      heartbeat(1);
      first.resolve();
      await second.promise;
      heartbeat(2);
      await Context.current().cancelled;
    };
    await onWorker({ activities: { work }, ...options }, async (worker) => {
      const cancellationType = 'WAIT_CANCELLATION_COMPLETED';
      const handle = await start(worker, workflows.manyActivities, [1, { cancellationType, ...change }]);
      await first.promise;
      await handle.cancel();
      await untilEvent(worker.client, handle, 'activityTaskCancelRequestedEventAttributes');
      second.resolve();
      expect((await failureOf(handle))?.name).toBe('CancelledFailure');
    });
  }

  test('defaultHeartbeatThrottleInterval is the time between two, without a heartbeat timeout', () =>
    secondHeartbeatArrives({ defaultHeartbeatThrottleInterval: 50 }, {}));

  test('maxHeartbeatThrottleInterval limits it, with a heartbeat timeout', () =>
    secondHeartbeatArrives({ maxHeartbeatThrottleInterval: 50 }, { heartbeatTimeout: '10 hours' }));

  test.each<[string, Partial<WorkerOptions>, ActivityOptions]>([
    [
      'defaultHeartbeatThrottleInterval',
      { defaultHeartbeatThrottleInterval: '1 hour', maxHeartbeatThrottleInterval: '1 hour' },
      {},
    ],
    ['maxHeartbeatThrottleInterval', { maxHeartbeatThrottleInterval: '1 hour' }, { heartbeatTimeout: '2 hours' }],
  ])('within %s are not sent', async (_, options, change) => {
    const before = sent();
    const begun = Promise.withResolvers<void>();
    const roundTrip = Promise.withResolvers<void>();
    const work = async () => {
      heartbeat(1);
      heartbeat(2);
      begun.resolve();
      await roundTrip.promise;
      heartbeat(3);
    };
    await onWorker({ activities: { work }, ...options }, async (worker) => {
      const handle = await start(worker, workflows.manyActivities, [1, change]);
      await begun.promise;
      await (await start(worker, workflows.nothing, [])).result();
      roundTrip.resolve();
      await handle.result();
    });
    expect(sent() - before).toBe(1);
  });
});
