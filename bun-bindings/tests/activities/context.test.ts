import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { EventEmitter, once as onceEmitted } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  activityInfo,
  Context,
  cancellationDetails,
  cancellationSignal,
  cancelled,
  getClient,
  heartbeat,
  type Info,
  log,
  metricMeter,
  sleep,
} from '@temporalio/activity';
import { ApplicationFailure, SdkComponent } from '@temporalio/common';
import type { ActivityInboundCallsInterceptorFactory, ActivityInterceptorsFactory } from '../../src/interceptors.ts';
import { attributesOf, eventsOf, rejectionOf } from '../support/observe.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { useServer } from '../support/test-server.ts';
import { RecordedMetrics } from '../worker-options/recorded-metrics.ts';
import { call, callLocal, once, startCall, withActivities } from './activity-worker.ts';

setDefaultTimeout(60_000);
const logger = new RecordingLogger();
const metrics = RecordedMetrics.install({ logger });
const server = useServer();

const msOf = (time: { seconds?: unknown; nanos?: number | null } | null | undefined) =>
  Number(time?.seconds) * 1000 + Math.floor(Number(time?.nanos) / 1e6);

describe('the info', () => {
  test('says what the server knows', async () => {
    const infos: Info[] = [];
    const run = async () => {
      infos.push(activityInfo());
      heartbeat({ at: infos.length });
      if (infos.length === 1) throw new Error('once more');
    };
    await withActivities(server, { run }, async (worker) => {
      const handle = await startCall(worker, {
        activityId: 'the-id',
        startToCloseTimeout: '50s',
        scheduleToCloseTimeout: '100s',
        heartbeatTimeout: '20s',
        priority: { priorityKey: 4, fairnessKey: 'a', fairnessWeight: 2 },
        retry: { initialInterval: 20, backoffCoefficient: 3, maximumInterval: '9s', maximumAttempts: 5 },
      });
      await handle.result();
      const scheduled = (await eventsOf(handle)).find((event) => event.activityTaskScheduledEventAttributes != null);
      const [first, second] = infos as [Info, Info];
      const same = {
        activityId: 'the-id',
        activityType: 'run',
        activityNamespace: 'default',
        namespace: 'default',
        activityRunId: undefined,
        isLocal: false,
        inWorkflow: true,
        workflowExecution: { workflowId: handle.workflowId, runId: handle.firstExecutionRunId },
        workflowType: 'runActivity',
        workflowNamespace: 'default',
        taskQueue: worker.taskQueue,
        scheduledTimestampMs: msOf(scheduled?.eventTime),
        startToCloseTimeoutMs: 50_000,
        scheduleToCloseTimeoutMs: 100_000,
        heartbeatTimeoutMs: 20_000,
        priority: { priorityKey: 4, fairnessKey: 'a', fairnessWeight: 2 },
        retryPolicy: {
          initialInterval: 20,
          backoffCoefficient: 3,
          maximumInterval: 9000,
          maximumAttempts: 5,
          nonRetryableErrorTypes: [],
        },
      };
      expect(first).toMatchObject({ ...same, attempt: 1, heartbeatDetails: undefined });
      expect(second).toMatchObject({ ...same, attempt: 2, heartbeatDetails: { at: 1 } });
      expect(Math.floor(first.currentAttemptScheduledTimestampMs)).toBe(Math.floor(first.scheduledTimestampMs));
      expect(second.currentAttemptScheduledTimestampMs).toBeGreaterThanOrEqual(first.scheduledTimestampMs + 20);
      expect(second.taskToken).not.toEqual(first.taskToken);
      expect(Buffer.from(first.base64TaskToken, 'base64')).toEqual(Buffer.from(first.taskToken));
    });
  });

  test('of a local activity', async () => {
    const run = async () => activityInfo();
    await withActivities(server, { run }, async (worker) => {
      const info = await callLocal(worker, { startToCloseTimeout: '5s', scheduleToCloseTimeout: '9s' });
      expect(info).toMatchObject({
        isLocal: true,
        inWorkflow: true,
        attempt: 1,
        workflowType: 'runLocalActivity',
        taskQueue: worker.taskQueue,
        startToCloseTimeoutMs: 5000,
        scheduleToCloseTimeoutMs: 9000,
      });
    });
  });
});

describe('the context', () => {
  test('is there in whatever the activity begins, and each has its own', async () => {
    const idHere = () => Context.current().info.activityId;
    const run = async (): Promise<string[]> => {
      const emitter = new EventEmitter();
      const emitted = onceEmitted(emitter, 'event').then(idHere);
      const ids = [idHere(), await sleep(1).then(idHere)];
      ids.push(await new Promise<string>((resolve) => setTimeout(() => resolve(idHere()), 1)));
      ids.push(await new Promise<string>((resolve) => setImmediate(() => resolve(idHere()))));
      ids.push(await new Promise<string>((resolve) => process.nextTick(() => resolve(idHere()))));
      ids.push(await new Promise<string>((resolve) => queueMicrotask(() => resolve(idHere()))));
      await pipeline(Readable.from(['a', 'b']), async (chunks: AsyncIterable<string>) => {
        for await (const _ of chunks) ids.push(idHere());
      });
      await fetch('data:text/plain,x').then((response) => response.text());
      ids.push(idHere());
      emitter.emit('event');
      ids.push(await emitted);
      return ids;
    };
    await withActivities(server, { run }, async (worker) => {
      const names = ['first', 'second', 'third'];
      const results = await Promise.all(names.map((activityId) => call(worker, { ...once, activityId })));
      expect(results).toEqual(names.map((name) => Array(10).fill(name)));
    });
  });

  test('gives what the shortcuts give', async () => {
    const run = async () => {
      const context = Context.current();
      expect(activityInfo()).toBe(context.info);
      expect(cancelled()).toBe(context.cancelled);
      expect(cancellationSignal()).toBe(context.cancellationSignal);
      expect(cancellationDetails()).toBeUndefined();
      expect(getClient()).toBe(context.client);
      expect(cancellationSignal().aborted).toBe(false);
      return getClient().options.namespace;
    };
    expect(await withActivities(server, { run }, (worker) => call(worker))).toBe('default');
  });

  test('is not there outside of an activity', () => {
    expect(() => Context.current()).toThrow('Activity context not initialized');
  });

  test('is there for the codec and the converter of the result', async () => {
    const seen: string[] = [];
    const codec = {
      async encode<T>(payloads: T) {
        try {
          seen.push(Context.current().info.activityType);
        } catch {
          // Of a client or a workflow.
        }
        return payloads;
      },
      decode: async <T>(payloads: T) => payloads,
    };
    const dataConverter = { payloadCodecs: [codec] };
    await withActivities(server, { run: async () => 'result' }, (worker) => call(worker), { dataConverter });
    const fails = async () => {
      throw ApplicationFailure.nonRetryable('no', 'No', 'detail');
    };
    await withActivities(server, { run: fails }, (worker) => rejectionOf(call(worker)), { dataConverter });
    expect(seen).toEqual(['run', 'run']);
  });
});

describe('interceptors', () => {
  /** Notes what goes in and comes out, and adds to what is logged and measured. */
  const noting =
    (notes: unknown[], name: string): ActivityInterceptorsFactory =>
    (context) => ({
      inbound: {
        async execute(input, next) {
          notes.push([name, context.info.activityType, input.args, Object.keys(input.headers)]);
          return `${name}(${await next({ ...input, args: [...input.args, name] })})`;
        },
      },
      outbound: {
        getLogAttributes: (input, next) => ({ ...next(input), [name]: context.info.attempt }),
        getMetricTags: (input, next) => ({ ...next(input), [name]: 'tag' }),
      },
    });

  test('surround the call, local or not, and add to what is logged and measured', async () => {
    const notes: unknown[] = [];
    const run = async (...args: string[]) => {
      log.info('said by the activity', { own: 1 });
      metricMeter.createCounter('beans').add(3, { kind: 'runner' });
      metricMeter.createHistogram('sizes', 'float').record(1.5);
      return args.join();
    };
    const interceptors = { activity: [noting(notes, 'outer'), noting(notes, 'inner')] };
    await withActivities(
      server,
      { run },
      async (worker) => {
        const handle = await startCall(worker, once, ['x']);
        expect(await handle.result()).toBe('outer(inner(x,outer,inner))');
        expect(await callLocal(worker, { startToCloseTimeout: '1 minute' }, ['y'])).toBe('outer(inner(y,outer,inner))');
        expect(notes).toEqual([
          ['outer', 'run', ['x'], []],
          ['inner', 'run', ['x', 'outer'], []],
          ['outer', 'run', ['y'], []],
          ['inner', 'run', ['y', 'outer'], []],
        ]);
        const [line] = logger.lines.filter(({ message }) => message === 'said by the activity');
        const [started] = await attributesOf(handle, 'activityTaskStartedEventAttributes');
        expect(line).toMatchObject({
          level: 'INFO',
          meta: {
            sdkComponent: SdkComponent.activity,
            own: 1,
            outer: 1,
            inner: 1,
            isLocal: false,
            attempt: started?.attempt,
            namespace: 'default',
            taskQueue: worker.taskQueue,
            activityId: '1',
            activityType: 'run',
            workflowId: handle.workflowId,
            workflowRunId: handle.firstExecutionRunId,
            workflowType: 'runActivity',
            taskToken: expect.any(String),
          },
        });
        const tags = { namespace: 'default', taskQueue: worker.taskQueue, activityType: 'run' };
        const all = { ...tags, outer: 'tag', inner: 'tag' };
        expect(metrics.values('beans', { ...all, kind: 'runner' })).toEqual([3, 3]);
        expect(metrics.values('sizes', all)).toEqual([1.5, 1.5]);
      },
      { interceptors },
    );
  });

  test('of the old kind surround those of the new', async () => {
    const old: ActivityInboundCallsInterceptorFactory = () => ({
      execute: async (input, next) => `old(${await next(input)})`,
    });
    const interceptors = { activityInbound: [old], activity: [noting([], 'new')] };
    const run = async (...args: string[]) => args.join();
    const result = withActivities(server, { run }, (worker) => call(worker), { interceptors });
    expect(await result).toBe('old(new(new))');
  });

  test('may answer in the place of the activity, and fail it', async () => {
    const answers = { activity: [() => ({ inbound: { execute: async () => 'not called' } })] };
    const run = () => expect.unreachable('the interceptor calls nothing');
    const result = withActivities(server, { run }, (worker) => call(worker), { interceptors: answers });
    expect(await result).toBe('not called');
  });
});

test('the log tells when an activity starts, and how it ends', async () => {
  const run = async (fails: boolean) => {
    if (fails) throw ApplicationFailure.nonRetryable('no');
  };
  await withActivities(server, { run }, async (worker) => {
    const lines = () =>
      logger.lines
        .filter(({ meta, message }) => meta?.taskQueue === worker.taskQueue && message.startsWith('Activity '))
        .map(({ level, message, meta }) => [level, message, meta?.sdkComponent, typeof meta?.durationMs]);
    await call(worker, once, [false]);
    await rejectionOf(call(worker, once, [true]));
    expect(lines()).toEqual([
      ['DEBUG', 'Activity started', 'worker', 'undefined'],
      ['DEBUG', 'Activity completed', 'worker', 'number'],
      ['DEBUG', 'Activity started', 'worker', 'undefined'],
      ['WARN', 'Activity failed', 'worker', 'number'],
    ]);
  });
});

test("a worker's client is one that interceptors of the worker's options see", async () => {
  const seen: string[] = [];
  const client = {
    workflow: [
      {
        describe(input: never, next: (input: never) => unknown) {
          seen.push('describe');
          return next(input);
        },
      },
    ],
  } as never;
  const run = async () => {
    await getClient()
      .workflow.getHandle(activityInfo().workflowExecution?.workflowId ?? '')
      .describe();
  };
  await withActivities(server, { run }, (worker) => call(worker), { interceptors: { client } });
  expect(seen).toEqual(['describe']);
});
