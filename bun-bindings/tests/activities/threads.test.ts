import { afterAll, expect, setDefaultTimeout, test } from 'bun:test';
import { tmpdir } from 'node:os';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { GracefulShutdownPeriodExpiredError } from '../../src/errors.ts';
import type { WorkerOptions } from '../../src/worker/options/worker-options.ts';
import * as workflows from '../fixtures/activity-workflows.ts';
import { dataConverter } from '../fixtures/threads/encoding-converter.ts';
import { rejectionOf, start } from '../support/observe.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { useServer } from '../support/test-server.ts';
import { type RunningWorker, withWorker } from '../support/test-worker.ts';
import { RecordedMetrics } from '../worker-options/recorded-metrics.ts';
import { call, causeOf, once, quickly, startCall, workflowsPath } from './activity-worker.ts';

setDefaultTimeout(60_000);
const logger = new RecordingLogger();
const metrics = RecordedMetrics.install({ logger });
const server = useServer();
const fixtures = `${import.meta.dir}/../fixtures/threads`;
const activityThreads = { activitiesPath: `${fixtures}/activities.ts` };

const channel = new BroadcastChannel('activity-threads');
afterAll(() => channel.close());
/** Resolves when an activity says something. */
const said = () =>
  new Promise<unknown>((resolve) => {
    channel.onmessage = (event) => resolve(event.data);
  });

/** Runs a worker with activities in threads, and the activity `run` on the main thread. */
function withThreads<R>(options: Partial<WorkerOptions>, fn: (running: RunningWorker) => Promise<R>): Promise<R> {
  const activities = { run: async () => 'on the main thread' };
  return withWorker(server, { workflowsPath, activities, activityThreads, ...options }, fn);
}

test('an activity of a thread has its context, interceptors, log and metrics', async () => {
  const options = { ...activityThreads, interceptorModules: [`${fixtures}/interceptors.ts`] };
  await withThreads({ activityThreads: options }, async (worker) => {
    const handle = await startCall(worker, once, ['Ada'], 'describe');
    const { workflowId } = handle;
    expect(await handle.result()).toEqual({
      intercepted: {
        name: 'Ada',
        isMainThread: false,
        activityType: 'describe',
        taskQueue: worker.taskQueue,
        workflowId,
      },
    });
    const line = logger.lines.find(({ message }) => message === 'described');
    expect(line).toMatchObject({ level: 'INFO', meta: { name: 'Ada', activityType: 'describe', workflowId } });
    expect(line?.meta?.error).toMatchObject({ name: 'TypeError', message: 'of the log line' });
    expect(metrics.total('described', { activityType: 'describe', taskQueue: worker.taskQueue })).toBe(2);
    expect(await call(worker)).toBe('on the main thread');
  });
});

test('one that keeps the CPU busy stops neither workflow tasks nor other activities', async () => {
  await withThreads({}, async (worker) => {
    const file = `${tmpdir()}/${crypto.randomUUID()}`;
    const spinning = said();
    const handle = await startCall(worker, once, [file], 'spin');
    expect(await spinning).toBe('spinning');
    expect(await call(worker)).toBe('on the main thread');
    expect(worker.worker.getStatus().numInFlightActivities).toBe(1);
    await Bun.write(file, '');
    expect(await handle.result()).toBe('spun');
    await Bun.file(file).delete();
  });
});

test('it heartbeats, and is cancelled', async () => {
  const options = { maxHeartbeatThrottleInterval: 20, defaultHeartbeatThrottleInterval: 20 };
  await withThreads(options, async (worker) => {
    const waiting = said();
    const cancellable = { ...once, cancellationType: 'WAIT_CANCELLATION_COMPLETED' } as const;
    const handle = await start(worker, workflows.cancelActivity, ['waitForCancellation', cancellable]);
    expect(await waiting).toBe('waiting');
    expect(worker.worker.getStatus().numInFlightActivities).toBe(1);
    await handle.signal(workflows.cancelNow);
    expect(await causeOf(handle.result())).toBeInstanceOf(CancelledFailure);
    expect(worker.worker.getStatus().numHeartbeatingActivities).toBe(0);
  });
});

test('it calls the server with its client, by the connection of the main thread', async () => {
  await withThreads({ identity: 'the worker' }, async (worker) => {
    const handle = await startCall(worker, once, [], 'askServer');
    expect(await handle.result()).toEqual({
      workflowId: handle.workflowId,
      type: 'runActivity',
      missing: 'WorkflowNotFoundError',
      identity: 'the worker',
    });
  });
});

test('calls under way are cancelled with it, and later ones are not', async () => {
  const options = { maxHeartbeatThrottleInterval: 20, defaultHeartbeatThrottleInterval: 20 };
  await withThreads(options, async (worker) => {
    const waiting = said();
    const cancellable = { ...once, cancellationType: 'WAIT_CANCELLATION_COMPLETED' } as const;
    const handle = await start(worker, workflows.cancelActivity, ['waitForServer', cancellable]);
    expect(await waiting).toBe('waiting');
    await handle.signal(workflows.cancelNow);
    expect(await handle.result()).toBe('cancelled while it was RUNNING');
  });
});

test('a crash fails the activities of its thread, which run again in another', async () => {
  await withThreads({}, async (worker) => {
    const result = await call(worker, quickly, [], 'crashOnce');
    expect(result).toEqual({ attempt: 2, heartbeatDetails: 'before the crash' });
    const failure = await causeOf(call(worker, once, [], 'crashOnce'));
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({ type: 'ActivityThreadCrashed', nonRetryable: false });
    expect(failure?.message).toContain('nobody catches this');
    expect(worker.worker.getState()).toBe('RUNNING');
  });
});

test('its payloads go through the codecs of the module that is named', async () => {
  const dataConverterPath = `${fixtures}/encoding-converter.ts`;
  const options = { dataConverter, activityThreads: { ...activityThreads, dataConverterPath } };
  await withThreads(options, async (worker) => {
    const { client } = worker;
    const encoded = new (client.constructor as typeof import('@temporalio/client').Client)({
      connection: client.connection,
      dataConverter,
    });
    const running = { ...worker, client: encoded, taskQueue: worker.taskQueue };
    expect(await call(running as RunningWorker, once, ['Ada'], 'describe')).toMatchObject({ name: 'Ada' });
  });
  expect(String(await rejectionOf(withThreads({ dataConverter }, async () => {})))).toContain(
    'TypeError: WorkerOptions.activityThreads.dataConverterPath must name a module',
  );
});

test('a shutdown ends threads whatever they do', async () => {
  const run = withThreads({ shutdownForceTime: 200 }, async (worker) => {
    const spinning = said();
    await startCall(worker, once, ['/no/such/file'], 'spin');
    expect(await spinning).toBe('spinning');
  });
  expect(await rejectionOf(run)).toBeInstanceOf(GracefulShutdownPeriodExpiredError);
});

test('modules that cannot be had are errors of the creation', async () => {
  const creation = async (change: object, options: Partial<WorkerOptions> = {}) =>
    String(
      await rejectionOf(
        withThreads({ activityThreads: { ...activityThreads, ...change }, ...options }, async () => {}),
      ),
    );
  expect(await creation({ activitiesPath: '/no/such/module.ts' })).toContain('/no/such/module.ts');
  expect(await creation({ interceptorModules: [`${fixtures}/activities.ts`] })).toContain('must export interceptors');
  expect(await creation({}, { activities: { spin: async () => {} } })).toContain(
    'Activity spin is both in WorkerOptions.activities and in activityThreads',
  );
});
