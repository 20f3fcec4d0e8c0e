import { expect, setDefaultTimeout, test } from 'bun:test';
import { activityInfo, CompleteAsyncError, Context, heartbeat } from '@temporalio/activity';
import { ActivityCompletionError } from '@temporalio/client';
import { type ActivityOptions, ServerFailure, TimeoutFailure } from '@temporalio/common';
import { useDevServer } from '../support/dev-server.ts';
import { rejectionOf } from '../support/observe.ts';
import type { RunningWorker } from '../support/test-worker.ts';
import { useWorker } from '../support/use-worker.ts';
import { call, causeOf, once, startCall, workflowsPath } from './activity-worker.ts';

setDefaultTimeout(60_000);
const server = useDevServer();
const MB = 1024 * 1024;
/** The server takes payloads of up to two megabytes, and messages of up to four. */
const LARGE = 1_900_000;
const TOO_LARGE = 3 * MB;
const FAR_TOO_LARGE = 5 * MB;

const textOf = (size: number) => 'x'.repeat(size);
const tokens = new Map<string, PromiseWithResolvers<Uint8Array>>();
const activities = {
  async returns(size: number): Promise<string> {
    return textOf(size);
  },
  async takes(text: string): Promise<number> {
    return text.length;
  },
  async beats(size: number): Promise<void> {
    if (activityInfo().attempt > 1) return activityInfo().heartbeatDetails.length;
    heartbeat(textOf(size));
    if (size === LARGE) throw new Error('once more');
    await Context.current().cancelled;
  },
  async waits(name: string): Promise<never> {
    tokens.get(name)?.resolve(activityInfo().taskToken);
    throw new CompleteAsyncError();
  },
};

const worker: RunningWorker = useWorker(server, { activities, workflowsPath, maxHeartbeatThrottleInterval: 20 });

test.concurrent('what the server takes goes through: arguments, results and heartbeats', async () => {
  expect(await call(worker, once, [LARGE], 'returns')).toHaveLength(LARGE);
  expect(await call(worker, once, [textOf(LARGE)], 'takes')).toBe(LARGE);
  const retried: ActivityOptions = { startToCloseTimeout: '1 minute', retry: { initialInterval: 10 } };
  expect(await call(worker, retried, [LARGE], 'beats')).toBe(LARGE);
});

test.concurrent.each([
  ['returns', 'Complete result exceeds size limit.'],
  ['beats', 'Heartbeat details exceed size limit.'],
])('the server fails the activity for good that sends more: %s', async (name, message) => {
  const cause = await causeOf(call(worker, { startToCloseTimeout: '1 minute' }, [TOO_LARGE], name));
  expect(cause).toBeInstanceOf(ServerFailure);
  expect(cause).toMatchObject({ message, nonRetryable: true });
});

test.concurrent('a message that the server cannot read is lost: the activity runs out of time', async () => {
  const cause = await causeOf(call(worker, { ...once, startToCloseTimeout: '1s' }, [FAR_TOO_LARGE], 'returns'));
  expect(cause).toBeInstanceOf(TimeoutFailure);
});

test.concurrent('a client that completes an activity is told of such a message', async () => {
  const name = crypto.randomUUID();
  const token = Promise.withResolvers<Uint8Array>();
  tokens.set(name, token);
  const handle = await startCall(worker, once, [name], 'waits');
  const { activity } = worker.client;
  const error = await rejectionOf(activity.complete(await token.promise, textOf(FAR_TOO_LARGE)));
  expect(error).toBeInstanceOf(ActivityCompletionError);
  expect(error.message).toContain('received message larger than max');
  await activity.complete(await token.promise, textOf(LARGE));
  expect(await handle.result()).toHaveLength(LARGE);
});
