import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { activityInfo } from '@temporalio/activity';
import { NativeConnection } from '../../src/connection/index.ts';
import {
  GracefulShutdownPeriodExpiredError,
  IllegalStateError,
  PromiseCompletionTimeoutError,
} from '../../src/errors.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import type { WorkerOptions } from '../../src/worker/options/worker-options.ts';
import { WorkerRuntime } from '../../src/worker/worker.ts';
import * as workflows from '../fixtures/activity-workflows.ts';
import { useClient } from '../support/client.ts';
import { useDevServer } from '../support/dev-server.ts';
import { eventsOf, rejectionOf, start } from '../support/observe.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { WorkerProcess } from '../support/worker-process.ts';

setDefaultTimeout(60_000);
const logger = new RecordingLogger();
Runtime.install({ logger });
const server = useDevServer();
const open = useClient(server);

function createWorker(options: Partial<WorkerOptions> = {}): Promise<WorkerRuntime> {
  return WorkerRuntime.create({
    connection: open.connection,
    taskQueue: `life-${crypto.randomUUID()}`,
    workflowsPath: `${import.meta.dir}/../fixtures/activity-workflows.ts`,
    activities: { run() {} },
    stickyQueueScheduleToStartTimeout: 200,
    ...options,
  });
}

/** The states that a worker has told of. */
const statesOf = ({ options }: WorkerRuntime) =>
  logger.lines
    .filter(({ message, meta }) => message === 'Worker state changed' && meta?.taskQueue === options.taskQueue)
    .map(({ meta }) => meta?.state);

/** Starts a workflow that calls the activity `run`. */
const call = ({ options: { taskQueue } }: WorkerRuntime, local = false) => {
  const worker = { client: open.client, taskQueue };
  return local
    ? start(worker, workflows.runLocalActivity, ['run', { startToCloseTimeout: '1 minute' }])
    : start(worker, workflows.runActivity, [
        'run',
        { startToCloseTimeout: '1 minute', retry: { initialInterval: 10 } },
      ]);
};

/** An activity that runs until it is let go. */
function gated() {
  const started = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<string>();
  const run = () => {
    started.resolve();
    return gate.promise;
  };
  return { run, started: started.promise, letGo: () => gate.resolve('let go') };
}

describe('a worker tells of its states', () => {
  test('from its start to its end', async () => {
    const worker = await createWorker();
    expect(worker.getState()).toBe('INITIALIZED');
    await worker.runUntil(async () => expect(worker.getState()).toBe('RUNNING'));
    expect(statesOf(worker)).toEqual(['RUNNING', 'STOPPING', 'DRAINING', 'DRAINED', 'STOPPED']);
    expect(await rejectionOf(worker.run())).toBeInstanceOf(IllegalStateError);
  });

  test('when it is forced to end', async () => {
    const { run, started } = gated();
    const worker = await createWorker({ activities: { run }, shutdownForceTime: 100 });
    const running = worker.run();
    const handle = await call(worker);
    await started;
    worker.shutdown();
    expect(await rejectionOf(running)).toBeInstanceOf(GracefulShutdownPeriodExpiredError);
    expect(statesOf(worker)).toEqual(['RUNNING', 'STOPPING', 'DRAINING', 'FAILED']);
    await handle.terminate();
  });
});

describe('a worker that is shut down', () => {
  test.each([
    ['an activity', false],
    ['a local activity', true],
  ])('is not drained before %s ends, and sends its result', async (_name, local) => {
    const { run, started, letGo } = gated();
    const worker = await createWorker({ activities: { run }, shutdownGraceTime: '1 hour' });
    const running = worker.run();
    const handle = await call(worker, local);
    await started;
    worker.shutdown();
    expect(worker.getState()).toBe('DRAINING');
    expect(worker.getStatus()).toMatchObject({
      runState: 'DRAINING',
      numInFlightActivities: 1,
      numInFlightLocalActivities: local ? 1 : 0,
      hasOutstandingActivityPoll: false,
      hasOutstandingWorkflowPoll: false,
    });
    letGo();
    await running;
    expect(statesOf(worker).slice(-2)).toEqual(['DRAINED', 'STOPPED']);
    const events = await eventsOf(handle);
    if (local) expect(await handle.result()).toBe('let go');
    else expect(events.some((event) => event.activityTaskCompletedEventAttributes != null)).toBe(true);
    if (!local) await handle.terminate();
  });

  test('leaves the connection open that it was given', async () => {
    const given = await NativeConnection.connect({ address: server.address });
    await (await createWorker({ connection: given })).runUntil(async () => {});
    expect((await given.workflowService.describeNamespace({ namespace: 'default' })).namespaceInfo?.name).toBe(
      'default',
    );
    await given.close();
  });
});

describe('runUntil', () => {
  test('gives what the function gives, after the worker has stopped', async () => {
    const worker = await createWorker({ activities: { run: async () => activityInfo().attempt } });
    expect(await worker.runUntil(async () => (await call(worker)).result())).toBe(1);
    expect(worker.getState()).toBe('STOPPED');
  });

  test('takes a promise as well', async () => {
    const worker = await createWorker();
    expect(await worker.runUntil(Promise.resolve('given'))).toBe('given');
    expect(worker.getState()).toBe('STOPPED');
  });

  test('waits for the promise no longer than it is told to when the worker stops before', async () => {
    const never = new Promise<never>(() => {});
    for (const options of [undefined, { promiseCompletionTimeout: 20 }]) {
      const worker = await createWorker();
      const running = rejectionOf(worker.runUntil(never, options));
      worker.shutdown();
      expect(await running).toBeInstanceOf(PromiseCompletionTimeoutError);
      expect(worker.getState()).toBe('STOPPED');
    }
  });
});

describe('workers in one process', () => {
  test('share a runtime, and each runs and stops by itself', async () => {
    const runtime = Runtime.instance();
    const [first, second] = await Promise.all([
      createWorker({ activities: { run: async () => 'first' } }),
      createWorker({ activities: { run: async () => 'second' } }),
    ]);
    const firstRun = first.run();
    const secondRun = second.run();
    expect(await Promise.all([(await call(first)).result(), (await call(second)).result()])).toEqual([
      'first',
      'second',
    ]);
    first.shutdown();
    await firstRun;
    expect(second.getState()).toBe('RUNNING');
    expect(await (await call(second)).result()).toBe('second');
    second.shutdown();
    await secondRun;
    expect(Runtime.instance()).toBe(runtime);
  });

  test('all stop on a signal', async () => {
    const fixture = `${import.meta.dir}/../fixtures/two-workers.ts`;
    const workers = WorkerProcess.spawn([fixture, server.address, `life-${crypto.randomUUID()}`]);
    await workers.says('running');
    workers.process.kill('SIGTERM');
    await workers.says('stopped: STOPPED,STOPPED');
    await workers.process.exited;
    expect(workers.process.exitCode).toBe(0);
  });
});
