import { describe, expect, mock, test } from 'bun:test';
import { activityInfo, CompleteAsyncError, Context, heartbeat, log, sleep } from '@temporalio/activity';
import {
  ActivityCancellationDetails,
  ApplicationFailure,
  ApplicationFailureCategory,
  CancelledFailure,
  type LoadedDataConverter,
  noopMetricMeter,
  type Payload,
  SdkComponent,
} from '@temporalio/common';
import {
  decodeFromPayloadsAtIndex,
  decodeOptionalFailureToOptionalError,
  encodeToPayloads,
  loadDataConverter,
} from '@temporalio/common/lib/internal-non-workflow';
import { coresdk } from '@temporalio/proto';
import { FakeActivityWorker } from '../../../tests/support/fake-activity-worker.ts';
import { RecordingLogger } from '../../../tests/support/recording-logger.ts';
import { collectActivities } from '../../activity/activity-registry.ts';
import type { ActivityInterceptorsFactory } from '../../interceptors.ts';
import type { CompletionQueue } from '../../native/completion-queue.ts';
import { ActivityMetrics } from './activity-metrics.ts';
import { ActivityTaskLoop } from './activity-task-loop.ts';

const { ActivityCancelReason } = coresdk.activity_task;
type Result = coresdk.activity_result.IActivityExecutionResult;

/** Every value becomes text turned around, and back. */
const turnAround = {
  encode: async (payloads: Payload[]) =>
    payloads.map((payload) => ({ ...payload, data: payload.data?.slice().reverse() })),
  decode: async (payloads: Payload[]) =>
    payloads.map((payload) => ({ ...payload, data: payload.data?.slice().reverse() })),
};

/** Resolves when all that can go on now has gone on. */
const afterOtherWork = () => new Promise<void>((resolve) => setImmediate(resolve));

function start(
  activities: object,
  { converter = loadDataConverter(), interceptors = [] as ActivityInterceptorsFactory[], debugEnabled = true } = {},
) {
  const worker = new FakeActivityWorker();
  const logger = new RecordingLogger();
  const metrics = new ActivityMetrics(noopMetricMeter);
  const counted: unknown[][] = [];
  metrics.ended = (activityType, outcome) => counted.push([activityType, outcome]);
  metrics.completionFailed = (activityType) => counted.push([activityType, 'refused']);
  const onFatal = mock();
  const loop = new ActivityTaskLoop({
    worker,
    queue: {} as CompletionQueue,
    environment: {
      namespace: 'ns',
      taskQueue: 'queue',
      activities: collectActivities(activities),
      dataConverter: converter,
      interceptors,
      logger,
      debugEnabled,
      metricMeter: noopMetricMeter,
      client: () => undefined,
      withCancellation: (_signal, fn) => fn(),
    },
    metrics,
    logger,
    onFatal,
  });
  return { worker, loop, logger, counted, onFatal, converter, ended: loop.run() };
}

const payloads = (...values: unknown[]) => encodeToPayloads(loadDataConverter(), ...values);
const value = (result: Result, converter = loadDataConverter()) =>
  decodeFromPayloadsAtIndex(converter, 0, result.completed?.result ? [result.completed.result] : []);

async function failure(result: Result, converter?: LoadedDataConverter): Promise<ApplicationFailure> {
  const error = await decodeOptionalFailureToOptionalError(converter ?? loadDataConverter(), result.failed?.failure);
  expect(error).toBeInstanceOf(ApplicationFailure);
  return error as ApplicationFailure;
}

/** Runs one activity to its result. */
const run = (fn: (...args: never[]) => unknown, task: coresdk.activity_task.IStart = {}) =>
  start({ run: fn }).worker.start('t', task);

describe('an activity', () => {
  test('gets its arguments and gives its result', async () => {
    const result = await run(async (a: number, b: number) => ({ sum: a + b }), { input: await payloads(1, 2) });
    expect(await value(result)).toEqual({ sum: 3 });
  });

  test('may be synchronous and return nothing', async () => {
    const result = await run(() => {});
    expect(result.completed?.result).toBeDefined();
    expect(await value(result)).toBeUndefined();
  });

  test('has its context in everything that it awaits and calls', async () => {
    const result = await run(async () => {
      await sleep(1);
      return new Promise((resolve) => setTimeout(() => resolve(Context.current().info.activityId), 0));
    });
    expect(await value(result)).toBe('1');
  });

  test('knows all about itself', async () => {
    const { worker } = start({
      default: async () => ({ ...activityInfo(), taskToken: activityInfo().taskToken.length }),
    });
    const result = await worker.start('token', {
      activityType: 'anything',
      attempt: 3,
      heartbeatDetails: await payloads({ at: 7 }),
      heartbeatTimeout: { seconds: 2 as never },
      priority: { priorityKey: 4 },
      retryPolicy: { maximumAttempts: 9, initialInterval: { seconds: 1 as never }, backoffCoefficient: 2 },
      workflowNamespace: 'other',
    });
    expect(await value(result)).toEqual({
      taskToken: 5,
      base64TaskToken: Buffer.from('token').toString('base64'),
      taskQueue: 'queue',
      activityId: '1',
      activityType: 'anything',
      activityNamespace: 'ns',
      attempt: 3,
      isLocal: false,
      inWorkflow: true,
      namespace: 'other',
      workflowNamespace: 'other',
      workflowExecution: { workflowId: 'wf', runId: 'run' },
      workflowType: 'myWorkflow',
      scheduledTimestampMs: 1_000_500,
      currentAttemptScheduledTimestampMs: 1_001_000,
      startToCloseTimeoutMs: 10_000,
      scheduleToCloseTimeoutMs: 20_000,
      heartbeatTimeoutMs: 2000,
      heartbeatDetails: { at: 7 },
      priority: { priorityKey: 4, fairnessKey: '', fairnessWeight: 0 },
      retryPolicy: { maximumAttempts: 9, initialInterval: 1000, backoffCoefficient: 2, nonRetryableErrorTypes: [] },
    });
  });

  test('without a workflow has a run of its own', async () => {
    const result = await run(async () => activityInfo(), {
      workflowExecution: null,
      workflowNamespace: '',
      runId: 'its-run',
    });
    expect(await value(result)).toMatchObject({ inWorkflow: false, activityRunId: 'its-run', namespace: 'ns' });
  });

  test('that is not registered fails, and those that are get named', async () => {
    const { worker } = start({ one() {}, two() {} });
    const error = await failure(await worker.start('t', { activityType: 'three' }));
    expect(error).toMatchObject({ type: 'NotFoundError', nonRetryable: false });
    expect(error.message).toContain('three is not registered on this Worker, available activities: ["one","two"]');
  });

  test.each(['scheduledTime', 'currentAttemptScheduledTime', 'startToCloseTimeout', 'scheduleToCloseTimeout'] as const)(
    'without %s fails with a message, and the next one runs',
    async (field) => {
      const { worker, onFatal } = start({ run: async () => 'ran' });
      const error = await failure(await worker.start('without', { [field]: null }));
      expect(error.message).toContain(field);
      expect(await value(await worker.start('with', {}))).toBe('ran');
      expect(onFatal).not.toHaveBeenCalled();
    },
  );

  test('without a priority, retry policy, heartbeat timeout or workflow runs', async () => {
    const nothing = { priority: null, retryPolicy: null, heartbeatTimeout: null, workflowExecution: null };
    expect(await value(await run(async () => 'ran', nothing))).toBe('ran');
  });

  test('runs while others do', async () => {
    const gate = Promise.withResolvers<string>();
    const { worker, loop } = start({ wait: () => gate.promise, open: async () => gate.resolve('opened') });
    const waiting = worker.start('a', { activityType: 'wait' });
    await worker.start('b', { activityType: 'open', isLocal: true });
    expect(await value(await waiting)).toBe('opened');
    expect([...loop.executions]).toHaveLength(0);
  });
});

describe('failures', () => {
  test('of an ordinary error keep its type, message and cause', async () => {
    const error = await failure(
      await run(async () => {
        throw new TypeError('wrong', { cause: new RangeError('far') });
      }),
    );
    expect(error).toMatchObject({ type: 'TypeError', message: 'wrong', nonRetryable: false });
    expect(error.cause).toMatchObject({ message: 'far' });
  });

  test('of what is not an error', async () => {
    expect(
      await failure(
        await run(async () => {
          throw 'text';
        }),
      ),
    ).toMatchObject({ message: 'text', nonRetryable: false });
  });

  test('of an ApplicationFailure carry all that it says', async () => {
    const result = await run(async () => {
      throw ApplicationFailure.create({
        message: 'no',
        type: 'Custom',
        nonRetryable: true,
        details: [1, { two: 2 }],
        nextRetryDelay: '90s',
        category: ApplicationFailureCategory.BENIGN,
      });
    });
    expect(result.failed?.failure?.applicationFailureInfo?.nextRetryDelay?.seconds).toMatchObject({ low: 90 });
    expect(await failure(result)).toMatchObject({
      message: 'no',
      type: 'Custom',
      nonRetryable: true,
      details: [1, { two: 2 }],
      category: ApplicationFailureCategory.BENIGN,
    });
  });

  test('have stack traces of user code only', async () => {
    async function deep() {
      await null;
      throw new Error('deep');
    }
    const result = await run(async function outer() {
      await deep();
    });
    const stack = result.failed?.failure?.stackTrace ?? '';
    expect(stack).toContain('at deep (');
    expect(stack).toContain('at async outer (');
    expect(stack.split('\n')).toHaveLength(3);
  });

  test('of a CancelledFailure that nobody asked for are failures', async () => {
    const result = await run(async () => {
      throw new CancelledFailure('mine');
    });
    expect(result.failed?.failure?.canceledFailureInfo ?? result.failed?.failure?.applicationFailureInfo).toBeTruthy();
    expect(result.cancelled).toBeFalsy();
  });

  test('of a result that cannot be encoded', async () => {
    expect((await failure(await run(async () => 1n))).message).toBe('Unable to convert 1 to payload');
  });

  test('of arguments that cannot be decoded', async () => {
    const garbage = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{') };
    expect(await failure(await run(async () => {}, { input: [garbage] }))).toMatchObject({
      message: expect.stringContaining('Failed to parse activity args for activity run'),
      nonRetryable: false,
    });
  });

  test('of heartbeat details that cannot be decoded', async () => {
    const garbage = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{') };
    const error = await failure(await run(async () => {}, { heartbeatDetails: [garbage] }));
    expect(error.message).toContain('Failed to parse heartbeat details for activity 1');
  });

  test('that cannot be encoded are failures all the same', async () => {
    const converter = loadDataConverter();
    converter.failureConverter = {
      errorToFailure() {
        throw new Error('no converter');
      },
      failureToError: converter.failureConverter.failureToError,
    };
    const { worker } = start({ run: () => Promise.reject(new Error('x')) }, { converter });
    expect((await failure(await worker.start('t', {}))).message).toBe(
      'Failed to encode the failure of activity run: no converter',
    );
  });
});

test('an activity that will be completed from elsewhere', async () => {
  const result = await run(async () => {
    throw new CompleteAsyncError();
  });
  expect(result.willCompleteAsync).toBeTruthy();
});

describe('cancellation', () => {
  const requested = { reason: ActivityCancelReason.CANCELLED, details: { isCancelled: true } };

  /** Starts an activity, and cancels it once it runs. */
  async function cancelled(fn: (context: Context) => unknown, cancel: coresdk.activity_task.ICancel = requested) {
    const running = Promise.withResolvers<void>();
    const started = start({
      run() {
        running.resolve();
        return fn(Context.current());
      },
    });
    const result = started.worker.start('t', {});
    await running.promise;
    started.worker.cancel('t', cancel);
    return { ...started, result: await result };
  }

  test('rejects `cancelled` and `sleep`, with details', async () => {
    let details: ActivityCancellationDetails | undefined;
    const { result, counted } = await cancelled(async (context) => {
      await Promise.allSettled([context.cancelled]);
      details = context.cancellationDetails;
      await context.sleep('1 hour');
    });
    expect(details).toEqual(new ActivityCancellationDetails({ cancelRequested: true }));
    expect(result.cancelled?.failure).toMatchObject({ message: 'CANCELLED', canceledFailureInfo: {} });
    expect(result.cancelled?.failure?.stackTrace).toBeFalsy();
    expect(counted).toEqual([['run', 'cancelled']]);
  });

  test('aborts the signal, and an AbortError confirms it', async () => {
    const { result } = await cancelled(
      ({ cancellationSignal }) =>
        new Promise((_, reject) =>
          cancellationSignal.addEventListener('abort', () => reject(new DOMException('stop', 'AbortError'))),
        ),
    );
    expect(result.cancelled?.failure?.canceledFailureInfo).toBeTruthy();
  });

  test('may be ignored', async () => {
    const { result } = await cancelled(async ({ cancelled }) => {
      await cancelled.catch(() => undefined);
      return 'done';
    });
    expect(await value(result)).toBe('done');
  });

  test('may end in another failure', async () => {
    const { result } = await cancelled(async ({ cancelled }) => {
      await cancelled.catch(() => undefined);
      throw new Error('cleanup');
    });
    expect(await failure(result)).toMatchObject({ message: 'cleanup' });
  });

  test.each<[string, coresdk.activity_task.ICancel, string]>([
    ['paused', { reason: ActivityCancelReason.PAUSED, details: { isPaused: true } }, 'ActivityPause'],
    ['reset', { reason: ActivityCancelReason.RESET, details: { isReset: true } }, 'ActivityReset'],
  ])('of a %s activity is a failure, so that it runs again', async (_, cancel, type) => {
    const { result } = await cancelled(({ cancelled }) => cancelled, cancel);
    expect(await failure(result)).toMatchObject({ type, nonRetryable: false });
  });

  test('at a shutdown', async () => {
    const { result } = await cancelled(({ cancelled }) => cancelled, {
      reason: ActivityCancelReason.WORKER_SHUTDOWN,
      details: { isWorkerShutdown: true },
    });
    expect(result.cancelled?.failure?.message).toBe('WORKER_SHUTDOWN');
  });

  test('that comes while arguments are decoded is not lost', async () => {
    const { worker } = start({ run: () => Context.current().cancelled });
    const result = worker.start('t', {});
    worker.cancel('t', requested);
    expect((await result).cancelled).toBeTruthy();
  });

  test('of an activity that has ended is nothing', async () => {
    const { worker, logger } = start({ run() {} });
    await worker.start('t', {});
    worker.cancel('t', requested);
    expect(logger.messages('TRACE')).toContain('Tried to cancel a non-existing activity');
    expect(worker.completions).toHaveLength(1);
  });
});

describe('heartbeats', () => {
  const detailsOf = (worker: FakeActivityWorker, converter = loadDataConverter()) =>
    Promise.all(worker.heartbeats.map(({ details }) => decodeFromPayloadsAtIndex(converter, 0, details as Payload[])));

  test('are sent with their details and the task token', async () => {
    const { worker } = start({
      async run() {
        heartbeat({ at: 1 });
        await sleep(1);
      },
    });
    await worker.start('t', {});
    expect(await detailsOf(worker)).toEqual([{ at: 1 }]);
    expect(Buffer.from(worker.heartbeats[0]?.taskToken ?? []).toString()).toBe('t');
  });

  test('the last one is sent before a failure is, however long its details take to encode', async () => {
    const slow = {
      ...turnAround,
      encode: (payloads: Payload[]) => afterOtherWork().then(() => turnAround.encode(payloads)),
    };
    const converter = loadDataConverter({ payloadCodecs: [slow] });
    const { worker } = start(
      {
        async run() {
          for (let at = 1; at <= 5; at++) heartbeat(at);
          throw new Error('x');
        },
      },
      { converter },
    );
    await worker.start('t', {});
    expect(await detailsOf(worker, converter)).toEqual([1, 5]);
  });

  test('with details that cannot be encoded cancel the activity, which may run again', async () => {
    const { worker, logger } = start({
      async run() {
        heartbeat(1n);
        await Context.current().cancelled;
      },
    });
    expect(await failure(await worker.start('t', {}))).toMatchObject({
      message: 'HEARTBEAT_DETAILS_CONVERSION_FAILED',
      type: 'CancelledFailure',
      nonRetryable: false,
    });
    expect(logger.messages('WARN')).toContain('Failed to encode heartbeat details, cancelling Activity');
  });

  test('of local activities go nowhere', async () => {
    const { worker } = start({
      async run() {
        heartbeat(1);
        throw new Error('x');
      },
    });
    await worker.start('t', { isLocal: true });
    expect(worker.heartbeats).toHaveLength(0);
  });

  test('of an activity that has ended go nowhere', async () => {
    let late: (details: unknown) => void = () => {};
    const { worker } = start({
      async run() {
        late = Context.current().heartbeat;
      },
    });
    await worker.start('t', {});
    late('too late');
    await worker.start('u', {});
    expect(worker.heartbeats).toHaveLength(0);
  });
});

test('codecs see arguments, results, failures and details', async () => {
  const converter = loadDataConverter({ payloadCodecs: [turnAround] });
  const { worker } = start(
    {
      async run(name: string) {
        if (name === 'fail') throw ApplicationFailure.create({ details: ['a detail'] });
        return `Hello, ${name}`;
      },
    },
    { converter },
  );
  const result = await worker.start('t', { input: await encodeToPayloads(converter, 'you') });
  expect(Buffer.from(result.completed?.result?.data ?? []).toString()).toBe('"uoy ,olleH"');
  expect(await value(result, converter)).toBe('Hello, you');
  const failed = await worker.start('u', { input: await encodeToPayloads(converter, 'fail') });
  expect((await failure(failed, converter)).details).toEqual(['a detail']);
});

describe('interceptors', () => {
  test('surround the call from the first to the last, and see headers', async () => {
    const order: unknown[] = [];
    const around =
      (name: string): ActivityInterceptorsFactory =>
      (context) => ({
        inbound: {
          async execute(input, next) {
            order.push(name, Object.keys(input.headers), context.info.activityId);
            return `${name}(${await next({ ...input, args: [...input.args, name] })})`;
          },
        },
      });
    const { worker } = start(
      { run: async (...args: unknown[]) => args.join() },
      { interceptors: [around('a'), around('b')] },
    );
    const result = await worker.start('t', { input: await payloads('x'), headerFields: { h: {} } });
    expect(await value(result)).toBe('a(b(x,a,b))');
    expect(order).toEqual(['a', ['h'], '1', 'b', ['h'], '1']);
  });

  test('that throw when they are made fail the activity', async () => {
    const { worker } = start(
      { run() {} },
      {
        interceptors: [
          () => {
            throw new Error('no interceptor');
          },
        ],
      },
    );
    expect(await failure(await worker.start('t', {}))).toMatchObject({ message: 'no interceptor' });
  });

  test('add attributes to log lines', async () => {
    const { worker, logger } = start(
      { run: async () => log.info('from the activity', { mine: 1 }) },
      { interceptors: [() => ({ outbound: { getLogAttributes: (input, next) => next({ ...input, added: true }) } })] },
    );
    await worker.start('t', {});
    expect(logger.lines.find(({ message }) => message === 'from the activity')).toMatchObject({
      level: 'INFO',
      meta: {
        mine: 1,
        added: true,
        activityType: 'run',
        workflowId: 'wf',
        attempt: 1,
        sdkComponent: SdkComponent.activity,
      },
    });
  });
});

describe('log lines', () => {
  test.each<[string, () => unknown, string, string]>([
    ['success', () => 1, 'DEBUG', 'Activity completed'],
    ['failure', () => Promise.reject(new Error('x')), 'WARN', 'Activity failed'],
    [
      'benign failure',
      () => Promise.reject(ApplicationFailure.create({ category: ApplicationFailureCategory.BENIGN })),
      'DEBUG',
      'Activity failed',
    ],
    [
      'completion from elsewhere',
      () => Promise.reject(new CompleteAsyncError()),
      'DEBUG',
      'Activity will complete asynchronously',
    ],
  ])('at the start and the end: %s', async (_, fn, level, message) => {
    const { worker, logger } = start({ run: fn });
    await worker.start('t', {});
    expect(logger.lines).toMatchObject([
      { level: 'DEBUG', message: 'Activity started', meta: { activityType: 'run' } },
      { level, message, meta: { activityType: 'run', durationMs: expect.any(Number) } },
    ]);
  });

  test('of level DEBUG are not made if they would go nowhere', async () => {
    const getLogAttributes = mock((attributes: Record<string, unknown>) => attributes);
    const { worker, logger } = start(
      {
        run: () => 1,
        fail: () => Promise.reject(new Error('x')),
      },
      { debugEnabled: false, interceptors: [() => ({ outbound: { getLogAttributes } })] },
    );
    await worker.start('t', {});
    expect(getLogAttributes).not.toHaveBeenCalled();
    await worker.start('u', { activityType: 'fail' });
    expect(logger.lines).toMatchObject([{ level: 'WARN', message: 'Activity failed', meta: { activityType: 'fail' } }]);
  });
});

describe('the loop', () => {
  test('ends when the stream has ended and the last completion is handed over', async () => {
    const gate = Promise.withResolvers<void>();
    const { worker, loop, ended } = start({ run: () => gate.promise });
    expect(loop.pollerState).toBe('POLLING');
    const result = worker.start('t', {});
    const order: string[] = [];
    const done = ended.then(() => order.push('ended'));
    worker.end();
    expect(loop.pollerState).toBe('SHUTDOWN');
    await Promise.resolve();
    order.push('opened');
    gate.resolve();
    await result;
    await done;
    expect(order).toEqual(['opened', 'ended']);
    expect(worker.completions).toHaveLength(1);
  });

  test('reports a fatal error and goes on to the end of the stream', async () => {
    const { worker, loop, onFatal, ended } = start({ run: () => 'late' });
    worker.fail('namespace gone');
    expect(onFatal).toHaveBeenCalledTimes(1);
    expect(loop.pollerState).toBe('FAILED');
    expect(await value(await worker.start('t', {}))).toBe('late');
    worker.end();
    await ended;
  });

  test('logs and counts a completion that is refused', async () => {
    const { worker, logger, counted, ended } = start({ run() {} });
    worker.refuseCompletions = new Error('unknown task');
    worker.start('t', {});
    worker.end();
    await ended;
    expect(counted).toEqual([
      ['run', 'completed'],
      ['run', 'refused'],
    ]);
    expect(logger.messages('ERROR')).toEqual(['An activity completion could not be handed over']);
  });
});
