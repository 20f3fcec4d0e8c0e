import { describe, expect, test } from 'bun:test';
import {
  activityInfo,
  Context,
  cancellationDetails,
  cancellationSignal,
  cancelled,
  getClient,
  heartbeat,
  log,
  sleep,
} from '@temporalio/activity';
import { Client, Connection, isGrpcCancelledError } from '@temporalio/client';
import {
  ActivityCancellationDetails,
  CancelledFailure,
  IllegalStateError,
  type MetricMeter,
  type MetricTags,
} from '@temporalio/common';
import { MockActivityEnvironment } from '../../src/testing/index.ts';
import { RecordingLogger } from '../support/recording-logger.ts';

test('an activity runs in a context, with the info that was asked for', async () => {
  const env = new MockActivityEnvironment({ attempt: 3, activityType: 'divide' });
  const divide = async (a: number, b: number) => ({ quotient: a / b, attempt: activityInfo().attempt });
  expect(await env.run(divide, 6, 3)).toEqual({ quotient: 2, attempt: 3 });
  expect(env.context).toBeInstanceOf(Context);
  expect(env.context.info.activityType).toBe('divide');
});

test('rejects with what the activity throws', async () => {
  const env = new MockActivityEnvironment(undefined, { logger: new RecordingLogger() });
  const error = await env.run(async () => Promise.reject(new RangeError('too far'))).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(RangeError);
});

test('heartbeats are events', async () => {
  const env = new MockActivityEnvironment();
  const seen: unknown[] = [];
  env.on('heartbeat', (details) => seen.push(details));
  await env.run(async () => {
    heartbeat(1);
    heartbeat({ progress: 2 });
  });
  expect(seen).toEqual([1, { progress: 2 }]);
});

test('a cancellation reaches the activity, with its reason', async () => {
  const env = new MockActivityEnvironment();
  const running = env.run(() => sleep('1 hour'));
  env.cancel('TIMED_OUT');
  const error = await running.catch((thrown: Error) => thrown);
  if (!(error instanceof Error)) throw new Error('The activity was not cancelled');
  expect(error).toBeInstanceOf(CancelledFailure);
  expect(error.message).toBe('TIMED_OUT');
  // It stays so for whatever runs next.
  expect(await env.run(() => cancelled()).catch((thrown) => thrown)).toBeInstanceOf(CancelledFailure);
});

test('the reason and the details of a cancellation are those that are given', async () => {
  const env = new MockActivityEnvironment();
  const byDefault = new MockActivityEnvironment();
  byDefault.cancel();
  env.cancel('PAUSED', new ActivityCancellationDetails({ paused: true }));
  const seen = () => [cancellationSignal().reason.message, cancellationDetails()];
  expect(await env.run(async () => seen())).toEqual(['PAUSED', new ActivityCancellationDetails({ paused: true })]);
  expect(await byDefault.run(async () => seen())).toEqual([
    'CANCELLED',
    new ActivityCancellationDetails({ cancelRequested: true }),
  ]);
});

test('interceptors, logger and meter are those that are given', async () => {
  const logger = new RecordingLogger();
  const added: unknown[] = [];
  const counter = { add: (value: number, tags: MetricTags) => added.push([value, tags]), withTags: () => counter };
  const metricMeter = { createCounter: () => counter, withTags: () => metricMeter } as unknown as MetricMeter;
  const env = new MockActivityEnvironment(undefined, {
    logger,
    metricMeter,
    interceptors: [
      () => ({
        inbound: { execute: async (input, next) => `<${await next({ ...input, args: ['changed'] })}>` },
        outbound: {
          getLogAttributes: (input, next) => ({ ...next(input), tenant: 'a' }),
          getMetricTags: (input, next) => ({ ...next(input), tenant: 'a' }),
        },
      }),
    ],
  });
  const activity = async (text: string) => {
    log.info('here');
    Context.current().metricMeter.createCounter('beans').add(2);
    return text;
  };
  expect(await env.run(activity, 'given')).toBe('<changed>');
  expect(logger.lines.find(({ message }) => message === 'here')?.meta).toMatchObject({
    tenant: 'a',
    activityId: 'test',
  });
  expect(added).toEqual([[2, { namespace: 'test', taskQueue: 'test', activityType: 'unknown', tenant: 'a' }]]);
});

describe('the client', () => {
  test('is the one that is given, and its calls end with the cancellation', async () => {
    using silent = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
    const connection = Connection.lazy({ address: `127.0.0.1:${silent.port}` });
    const client = new Client({ connection });
    const env = new MockActivityEnvironment(undefined, { client });
    const running = env.run(async () => {
      expect(getClient()).toBe(client);
      const call = getClient().workflow.count();
      env.cancel();
      return call.catch((error) => error);
    });
    expect(isGrpcCancelledError(await running)).toBe(true);
    await connection.close();
  });

  test('is not there if none is given', async () => {
    const error = await new MockActivityEnvironment().run(async () => getClient()).catch((error) => error);
    expect(error).toBeInstanceOf(IllegalStateError);
  });
});
