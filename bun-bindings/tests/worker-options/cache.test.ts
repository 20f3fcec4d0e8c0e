import { describe, expect, setDefaultTimeout, spyOn, test } from 'bun:test';
import { temporal } from '@temporalio/proto';
import type { WorkerOptions } from '../../src/worker/options/worker-options.ts';
import type {
  CustomSlotSupplier,
  SlotMarkUsedContext,
  SlotReserveContext,
  WorkerTuner,
  WorkflowSlotInfo,
} from '../../src/worker/tuner/worker-tuner.ts';
import { ThreadExecutor } from '../../src/workflow/threads/thread-executor.ts';
import * as workflows from '../fixtures/tuning-workflows.ts';
import { attributesOf, eventsOf, start, taskFailure, untilEvent } from '../support/observe.ts';
import { useServer } from '../support/test-server.ts';
import { type RunningWorker, withWorker } from '../support/test-worker.ts';
import { RecordedMetrics } from './recorded-metrics.ts';

const { TaskQueueKind, TimeoutType } = temporal.api.enums.v1;
setDefaultTimeout(60_000);
const metrics = RecordedMetrics.install();
const server = useServer();
const workflowsPath = `${import.meta.dir}/../fixtures/tuning-workflows.ts`;

function onWorker<R>(options: Partial<WorkerOptions>, fn: (worker: RunningWorker) => Promise<R>): Promise<R> {
  return withWorker(server, { workflowsPath, activities: undefined, ...options }, fn);
}

describe('maxCachedWorkflows', () => {
  /** Wakes six runs one after the other, to see what becomes of the cache. */
  async function cacheOfSix(maxCachedWorkflows: number | undefined) {
    return onWorker({ maxCachedWorkflows }, async (worker) => {
      const handles = await Promise.all(Array.from({ length: 6 }, () => start(worker, workflows.sleeper, [2])));
      for (const handle of handles) await handle.executeUpdate(workflows.wakeUp);
      const { numCachedWorkflows } = worker.worker.getStatus();
      for (const handle of handles) await handle.executeUpdate(workflows.wakeUp);
      await Promise.all(handles.map((handle) => handle.result()));
      const attributes = { task_queue: worker.taskQueue };
      return {
        cached: numCachedWorkflows,
        most: metrics.highest('temporal_sticky_cache_size', attributes),
        evicted: metrics.total('temporal_sticky_cache_total_forced_eviction', attributes) > 0,
        hits: metrics.total('temporal_sticky_cache_hit', attributes) > 0,
      };
    });
  }

  test.concurrent.each<[number | undefined, object]>([
    [3, { cached: 3, most: 3, evicted: true, hits: true }],
    [undefined, { cached: 6, most: 6, evicted: false, hits: true }],
    // Each run leaves the memory when its task is answered, a moment after the client has its own answer.
    [0, { cached: expect.any(Number), most: 1, evicted: true, hits: false }],
  ])('%p', async (size, expected) => {
    expect(await cacheOfSix(size)).toEqual(expected as never);
  });
});

describe('maxCachedWorkflowsMemory', () => {
  const MiB = 1024 ** 2;
  const bound = 16 * MiB;

  test('beyond it runs are evicted, and go on from their histories', async () => {
    await onWorker({ maxCachedWorkflowsMemory: bound }, async (worker) => {
      const handles: Awaited<ReturnType<typeof start<typeof workflows.hoarder>>>[] = [];
      for (let run = 0; run < 12; run++) {
        const handle = await start(worker, workflows.hoarder, [4 * MiB]);
        await untilEvent(worker.client, handle, 'workflowTaskCompletedEventAttributes');
        handles.push(handle);
      }
      const attributes = { task_queue: worker.taskQueue };
      expect(metrics.total('temporal_bun_workflow_memory_evictions', attributes)).toBeGreaterThanOrEqual(3);
      expect(metrics.values('temporal_bun_workflow_cache_memory', attributes).at(-1)).toBeWithin(MiB, 2 * bound);
      expect(worker.worker.getStatus().numCachedWorkflows).toBeWithin(1, 12);
      for (const handle of handles) await handle.executeUpdate(workflows.wakeUp);
      const results = await Promise.all(handles.map((handle) => handle.result()));
      expect(results).toEqual(Array(12).fill((4 * MiB) / 64));
      for (const handle of handles) {
        expect(await attributesOf(handle, 'workflowTaskFailedEventAttributes')).toEqual([]);
      }
    });
  });

  test('a run that takes more by itself fails its task', async () => {
    await onWorker({ maxCachedWorkflowsMemory: bound }, async (worker) => {
      const handle = await start(worker, workflows.hoarder, [40 * MiB]);
      const { message } = await taskFailure(worker, handle);
      expect(message).toMatch(
        /^The workflow (takes \d+ MiB|took more than 64 MiB) of memory.*maxCachedWorkflowsMemory/,
      );
      const other = await start(worker, workflows.nothing, []);
      await other.result();
      await handle.terminate();
    });
  });

  test('without it the same runs stay', async () => {
    await onWorker({ maxCachedWorkflowsMemory: '100%' }, async (worker) => {
      const handle = await start(worker, workflows.hoarder, [40 * MiB]);
      await untilEvent(worker.client, handle, 'workflowTaskCompletedEventAttributes');
      await handle.executeUpdate(workflows.wakeUp);
      expect(await handle.result()).toBe((40 * MiB) / 64);
    });
  });
});

/** Lets one workflow task of the sticky queue through, and keeps all others waiting there. */
class OneStickySlot implements CustomSlotSupplier<WorkflowSlotInfo> {
  readonly type = 'custom';
  readonly used = Promise.withResolvers<void>();
  #given = false;

  async reserveSlot({ isSticky }: SlotReserveContext, abort: AbortSignal): Promise<object> {
    if (!isSticky) return {};
    if (this.#given) return new Promise((_, reject) => abort.addEventListener('abort', () => reject(abort.reason)));
    this.#given = true;
    return {};
  }
  tryReserveSlot = () => null;
  markSlotUsed({ slotInfo }: SlotMarkUsedContext<WorkflowSlotInfo>): void {
    if (slotInfo.isSticky) this.used.resolve();
  }
  releaseSlot(): void {}
}

test('stickyQueueScheduleToStartTimeout is how long a task waits on the sticky queue', async () => {
  const fixed = { type: 'fixed-size', numSlots: 10 } as const;
  const slots = new OneStickySlot();
  const tuner: WorkerTuner = {
    workflowTaskSlotSupplier: slots,
    activityTaskSlotSupplier: fixed,
    localActivityTaskSlotSupplier: fixed,
    nexusTaskSlotSupplier: fixed,
  };
  await onWorker({ tuner, stickyQueueScheduleToStartTimeout: '700ms' }, async (worker) => {
    const handle = await start(worker, workflows.sleeper, [2]);
    await untilEvent(worker.client, handle, 'workflowTaskCompletedEventAttributes');
    await handle.executeUpdate(workflows.wakeUp);
    await slots.used.promise;
    // Nobody polls for this one, until it is moved to the task queue itself.
    await handle.signal('whatever');
    const { scheduledEventId } = await untilEvent(worker.client, handle, 'workflowTaskTimedOutEventAttributes');
    const events = await eventsOf(handle);
    const timedOut = events.find((event) => event.workflowTaskTimedOutEventAttributes != null);
    const scheduled = events.find(({ eventId }) => scheduledEventId?.equals(eventId ?? 0));
    const { taskQueue } = scheduled?.workflowTaskScheduledEventAttributes ?? {};
    expect(taskQueue).toMatchObject({ kind: TaskQueueKind.TASK_QUEUE_KIND_STICKY, normalName: worker.taskQueue });
    expect(timedOut?.workflowTaskTimedOutEventAttributes?.timeoutType).toBe(TimeoutType.TIMEOUT_TYPE_SCHEDULE_TO_START);
    const waited = timeOf(timedOut) - timeOf(scheduled);
    expect(waited).toBeGreaterThanOrEqual(700);
    expect(waited).toBeLessThan(10_000); // the default
    await handle.executeUpdate(workflows.wakeUp);
    await handle.result();
  });
});

test('workflowThreadPoolSize: while one thread is busy, another goes on', async () => {
  await onWorker({ workflowThreadPoolSize: 2 }, async (worker) => {
    const spinner = await start(worker, workflows.spinner, []);
    await untilEvent(worker.client, spinner, 'workflowTaskStartedEventAttributes');
    const others = await Promise.all(Array.from({ length: 6 }, () => start(worker, workflows.nothing, [])));
    await Promise.any(others.map((handle) => handle.result()));
    // It has run all the time: after five seconds its task fails.
    expect(await attributesOf(spinner, 'workflowTaskFailedEventAttributes')).toEqual([]);
    await spinner.terminate();
    await Promise.all(others.map((handle) => handle.result()));
  });
});

test('of several workflow threads each can take the first runs', async () => {
  const load = spyOn(ThreadExecutor.prototype, 'load');
  for (const workflowThreadPoolSize of [1, 2]) await onWorker({ workflowThreadPoolSize }, async () => undefined);
  expect(load.mock.calls.map(([, { readyWhenLoaded }]) => readyWhenLoaded)).toEqual([false, true, true]);
  load.mockRestore();
});

function timeOf(event: temporal.api.history.v1.IHistoryEvent | undefined): number {
  return Number(event?.eventTime?.seconds) * 1000 + Number(event?.eventTime?.nanos) / 1e6;
}
