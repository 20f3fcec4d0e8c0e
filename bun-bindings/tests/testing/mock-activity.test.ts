import { expect, test } from 'bun:test';
import { activityInfo, Context, cancelled, heartbeat, log, sleep } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
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

test('interceptors, logger and client are those that are given', async () => {
  const logger = new RecordingLogger();
  const client = { name: 'a client' } as never;
  const env = new MockActivityEnvironment(undefined, {
    logger,
    client,
    interceptors: [
      () => ({
        inbound: { execute: async (input, next) => `<${await next({ ...input, args: ['changed'] })}>` },
        outbound: { getLogAttributes: (input, next) => ({ ...next(input), tenant: 'a' }) },
      }),
    ],
  });
  const activity = async (text: string) => {
    log.info('here');
    return `${text} ${(Context.current().client as unknown as { name: string }).name}`;
  };
  expect(await env.run(activity, 'given')).toBe('<changed a client>');
  expect(logger.lines.find(({ message }) => message === 'here')?.meta).toMatchObject({
    tenant: 'a',
    activityId: 'test',
  });
});
