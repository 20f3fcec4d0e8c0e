import { describe, expect, test } from 'bun:test';
import { activityInfo, Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { NativeConnection } from '../src/connection/index.ts';
import { CombinedWorkerRunError, GracefulShutdownPeriodExpiredError, IllegalStateError } from '../src/errors.ts';
import type { WorkerOptions } from '../src/worker/options/worker-options.ts';
import { WorkerRuntime } from '../src/worker/worker.ts';
import * as workflows from './fixtures/activity-workflows.ts';
import { useClient } from './support/client.ts';
import { rejectionOf } from './support/observe.ts';
import { useServer } from './support/test-server.ts';

const server = useServer();
const open = useClient(server);

function createWorker(options: Partial<WorkerOptions> = {}): Promise<WorkerRuntime> {
  return WorkerRuntime.create({
    connection: open.connection,
    taskQueue: `shutdown-${crypto.randomUUID()}`,
    workflowsPath: `${import.meta.dir}/fixtures/activity-workflows.ts`,
    // Runs that a stopped worker has kept are looked for on its sticky queue first.
    stickyQueueScheduleToStartTimeout: 200,
    ...options,
  });
}

const startActivity = ({ options }: WorkerRuntime) =>
  open.client.workflow.start(workflows.runActivity, {
    taskQueue: options.taskQueue,
    workflowId: crypto.randomUUID(),
    args: ['run', { startToCloseTimeout: '1 minute', retry: { initialInterval: 10 } }],
  });

const startWaiting = ({ options }: WorkerRuntime) =>
  open.client.workflow.start(workflows.waitForSignal, {
    taskQueue: options.taskQueue,
    workflowId: crypto.randomUUID(),
  });

/** An activity `run` that tells when it runs. */
function activity<R>(fn: (context: Context) => R) {
  const started = Promise.withResolvers<void>();
  const run = () => {
    started.resolve();
    return fn(Context.current());
  };
  return { run, started: started.promise };
}

/** Names of the events of a workflow's history, such as `ACTIVITY_TASK_COMPLETED`. */
async function eventsOf(handle: WorkflowHandle): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).map(({ eventType }) =>
    String(temporal.api.enums.v1.EventType[eventType ?? 0]).replace('EVENT_TYPE_', ''),
  );
}

describe('a worker', () => {
  test('goes through its states', async () => {
    const worker = await createWorker({ activities: { run() {} } });
    expect(worker.getStatus()).toMatchObject({
      runState: 'INITIALIZED',
      phases: ['Initializing'],
      workflowPollerState: 'SHUTDOWN',
    });
    expect(() => worker.shutdown()).toThrow(IllegalStateError);
    const run = worker.run();
    expect(worker.getStatus()).toMatchObject({
      runState: 'RUNNING',
      phases: ['PollingWorkflow', 'PollingActivity'],
      workflowPollerState: 'POLLING',
      activityPollerState: 'POLLING',
      hasOutstandingActivityPoll: true,
    });
    expect(await rejectionOf(worker.run())).toBeInstanceOf(IllegalStateError);
    worker.shutdown();
    expect(worker.getStatus()).toMatchObject({
      runState: 'DRAINING',
      phases: ['ShuttingDown'],
      hasOutstandingActivityPoll: false,
    });
    expect(() => worker.shutdown()).toThrow('Not running. Current state: DRAINING');
    await run;
    expect(worker.getStatus()).toMatchObject({
      runState: 'STOPPED',
      workflowPollerState: 'SHUTDOWN',
      activityPollerState: 'SHUTDOWN',
      numCachedWorkflows: 0,
    });
  });

  test('that idles stops at once', async () => {
    const worker = await createWorker({ shutdownGraceTime: '1 hour', activities: { run() {} } });
    const started = performance.now();
    await worker.runUntil(async () => {});
    expect(performance.now() - started).toBeLessThan(4000);
  });

  test('holds its connection until it has stopped', async () => {
    const own = await NativeConnection.connect(server.connectionOptions);
    const worker = await createWorker({ connection: own });
    expect(await rejectionOf(own.close())).toBeInstanceOf(IllegalStateError);
    await worker.runUntil(async () => {});
    await own.close();
  });

  test('that cannot be created lets go of its connection', async () => {
    const own = await NativeConnection.connect(server.connectionOptions);
    const messageFor = async (options: Partial<WorkerOptions>) => {
      return String(await rejectionOf(createWorker({ connection: own, ...options })));
    };
    expect(await messageFor({ namespace: 'no-such-namespace' })).toContain('no-such-namespace');
    expect(await messageFor({ workflowsPath: '/no/such/module.ts' })).toContain('/no/such/module.ts');
    expect(await messageFor({ workflowsPath: undefined })).toContain('A worker needs workflows');
    expect(await messageFor({ maxCachedWorkflows: -1 })).toContain('maxCachedWorkflows');
    await own.close();
  });
});

describe('an activity that runs when the worker is shut down', () => {
  test('may finish within the grace time, and the worker takes no more tasks meanwhile', async () => {
    const gate = Promise.withResolvers<string>();
    const { run, started } = activity(() => gate.promise);
    const worker = await createWorker({ shutdownGraceTime: '1 hour', activities: { run } });
    const stopped = worker.run();
    const handle = await startActivity(worker);
    await started;
    expect(worker.getStatus()).toMatchObject({
      numInFlightActivities: 1,
      numInFlightNonLocalActivities: 1,
      numInFlightLocalActivities: 0,
    });
    expect(worker.getStatus().phases).toContain('ExecutingActivity');
    worker.shutdown();
    const late = await startWaiting(worker);
    gate.resolve('in time');
    await stopped;
    expect(worker.getStatus()).toMatchObject({ runState: 'STOPPED', numInFlightActivities: 0 });
    expect(await eventsOf(handle)).toContain('ACTIVITY_TASK_COMPLETED');
    expect(await eventsOf(late)).not.toContain('WORKFLOW_TASK_STARTED');

    const next = await createWorker({ taskQueue: worker.options.taskQueue });
    expect(await next.runUntil(() => handle.result())).toBe('in time');
  });

  test('is cancelled after the grace time, and runs again elsewhere', async () => {
    const seen = Promise.withResolvers<{ error: unknown; workerShutdown: boolean | undefined }>();
    const { run, started } = activity(async (context) => {
      const { attempt } = activityInfo();
      if (attempt > 1) return `attempt ${attempt}`;
      return context.cancelled.catch((error) => {
        seen.resolve({ error, workerShutdown: context.cancellationDetails?.workerShutdown });
        throw error;
      });
    });
    const worker = await createWorker({ shutdownGraceTime: 50, activities: { run } });
    const stopped = worker.run();
    const handle = await startActivity(worker);
    await started;
    worker.shutdown();
    const { error, workerShutdown } = await seen.promise;
    expect(error).toBeInstanceOf(CancelledFailure);
    expect(error).toMatchObject({ message: 'WORKER_SHUTDOWN' });
    expect(workerShutdown).toBe(true);
    await stopped;

    const next = await createWorker({ taskQueue: worker.options.taskQueue, activities: { run } });
    expect(await next.runUntil(() => handle.result())).toBe('attempt 2');
  });

  test('that ignores it holds the worker up, to the force time', async () => {
    const never = Promise.withResolvers<never>();
    const { run, started } = activity(() => never.promise);
    const worker = await createWorker({ shutdownForceTime: 300, activities: { run } });
    const stopped = worker.run();
    await startActivity(worker);
    await started;
    worker.shutdown();
    expect(await rejectionOf(stopped)).toBeInstanceOf(GracefulShutdownPeriodExpiredError);
    expect(worker.getState()).toBe('FAILED');
  });

  test('is finished before run() resolves, many of them', async () => {
    const gate = Promise.withResolvers<void>();
    const all = Promise.withResolvers<void>();
    let running = 0;
    let finished = 0;
    const run = async () => {
      if (++running === 30) all.resolve();
      await gate.promise;
      finished++;
    };
    const worker = await createWorker({ shutdownGraceTime: '1 hour', activities: { run } });
    const stopped = worker.run();
    const handles = await Promise.all(Array.from({ length: 30 }, () => startActivity(worker)));
    await all.promise;
    worker.shutdown();
    gate.resolve();
    await stopped;
    expect(finished).toBe(30);
    for (const handle of handles) expect(await eventsOf(handle)).toContain('ACTIVITY_TASK_COMPLETED');
  }, 30_000);
});

test('workflows in the cache are evicted and go on elsewhere', async () => {
  const worker = await createWorker();
  const stopped = worker.run();
  const handles = await Promise.all(Array.from({ length: 5 }, () => startWaiting(worker)));
  for (const handle of handles) await handle.query('__temporal_workflow_metadata').catch(() => undefined);
  expect(worker.getStatus().numCachedWorkflows).toBe(5);
  worker.shutdown();
  await stopped;
  expect(worker.getStatus().numCachedWorkflows).toBe(0);

  const next = await createWorker({ taskQueue: worker.options.taskQueue });
  await next.runUntil(async () => {
    for (const handle of handles) await handle.signal(workflows.cancelNow);
    expect(await Promise.all(handles.map((handle) => handle.result()))).toEqual(Array(5).fill('told'));
  });
}, 30_000);

test('runUntil stops the worker when its function fails', async () => {
  const worker = await createWorker();
  const failing = worker.runUntil(async () => {
    throw new Error('inner');
  });
  expect(await rejectionOf(failing)).toMatchObject({ message: 'inner' });
  expect(worker.getState()).toBe('STOPPED');
});

test('runUntil tells of both errors', async () => {
  const never = Promise.withResolvers<never>();
  const { run, started } = activity(() => never.promise);
  const worker = await createWorker({ shutdownForceTime: 100, activities: { run } });
  const error = await worker
    .runUntil(async () => {
      await startActivity(worker);
      await started;
      throw new Error('inner');
    })
    .catch((error) => error);
  expect(error).toBeInstanceOf(CombinedWorkerRunError);
  expect(error.cause.workerError).toBeInstanceOf(GracefulShutdownPeriodExpiredError);
  expect(error.cause.innerError).toMatchObject({ message: 'inner' });
});

test('plugins configure the worker and surround its run', async () => {
  const order: string[] = [];
  const plugin = (name: string) => ({
    name,
    configureWorker: (options: WorkerOptions) => ({ ...options, identity: `${options.identity ?? ''}${name}` }),
    async runWorker(worker: WorkerRuntime, next: (worker: WorkerRuntime) => Promise<void>) {
      order.push(`${name} begins`);
      await next(worker);
      order.push(`${name} ends`);
    },
  });
  const worker = await createWorker({ plugins: [plugin('a'), plugin('b')] });
  expect(worker.options.identity).toBe('ab');
  await worker.runUntil(async () => {});
  expect(order).toEqual(['a begins', 'b begins', 'b ends', 'a ends']);
});

test('a running worker moves to another connection', async () => {
  const first = await NativeConnection.connect(server.connectionOptions);
  const second = await NativeConnection.connect(server.connectionOptions);
  const worker = await createWorker({ connection: first, activities: { run: async () => 'done' } });
  const stopped = worker.run();
  const before = worker.client;
  worker.connection = second;
  expect(worker.connection).toBe(second);
  expect(worker.client).not.toBe(before);
  await first.close();
  expect(await (await startActivity(worker)).result()).toBe('done');
  worker.shutdown();
  await stopped;
  await second.close();
});

test('debug mode runs workflows on the main thread', async () => {
  const worker = await createWorker({ debugMode: true, activities: { run: async () => 'debugged' } });
  expect(await worker.runUntil(async () => (await startActivity(worker)).result())).toBe('debugged');
});
