import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { activityInfo, CompleteAsyncError } from '@temporalio/activity';
import {
  ActivityCancelledError,
  ActivityCompletionError,
  ActivityNotFoundError,
  ActivityPausedError,
  ActivityResetError,
  type FullActivityId,
  type WorkflowHandleWithFirstExecutionRunId,
} from '@temporalio/client';
import { type ActivityOptions, ApplicationFailure, CancelledFailure, TimeoutFailure } from '@temporalio/common';
import { failureOf, rejectionOf, untilEvent } from '../support/observe.ts';
import { useServer } from '../support/test-server.ts';
import type { RunningWorker } from '../support/test-worker.ts';
import { useWorker } from '../support/use-worker.ts';
import { once, startCall, workflowsPath } from './activity-worker.ts';

setDefaultTimeout(60_000);
const server = useServer();

/** The data that a program needs to complete an activity: sent by the activity as it leaves that to others. */
type Told = FullActivityId & { token: Uint8Array; attempt: number; heartbeatDetails: unknown };
const told = new Map<string, PromiseWithResolvers<Told>>();

/** Resolves when an activity of the workflow has left its completion to others, in such an attempt. */
function leftBy(workflowId: string, attempt = 1): Promise<Told> {
  const key = `${workflowId}/${attempt}`;
  const leaving = told.get(key) ?? Promise.withResolvers<Told>();
  told.set(key, leaving);
  return leaving.promise;
}

async function run(): Promise<never> {
  const { taskToken: token, attempt, heartbeatDetails, activityId, workflowExecution } = activityInfo();
  const { workflowId = '', runId = '' } = workflowExecution ?? {};
  leftBy(workflowId, attempt);
  told.get(`${workflowId}/${attempt}`)?.resolve({ token, attempt, heartbeatDetails, workflowId, runId, activityId });
  throw new CompleteAsyncError();
}

const worker: RunningWorker = useWorker(server, { activities: { run }, workflowsPath });

/** Starts a workflow whose activity leaves its completion to the test. */
async function begin(options: ActivityOptions = once) {
  const handle = await startCall(worker, options);
  return { handle, left: await leftBy(handle.workflowId) };
}

/** Asks for the cancellation of the activity. */
async function cancel(handle: WorkflowHandleWithFirstExecutionRunId): Promise<void> {
  await handle.cancel();
  await untilEvent(worker.client, handle, 'activityTaskCancelRequestedEventAttributes');
}

const waiting: ActivityOptions = { ...once, cancellationType: 'WAIT_CANCELLATION_COMPLETED' };
const idOf = ({ workflowId, runId, activityId }: Told): FullActivityId => ({ workflowId, runId, activityId });

describe.each<[string, (left: Told) => Uint8Array | FullActivityId]>([
  ['token', ({ token }) => token],
  ['id', idOf],
])('an activity is, by its %s,', (_, keyOf) => {
  // The client's methods are overloaded for the two: what is shown here is that they do the same.
  const key = (left: Told) => keyOf(left) as Uint8Array;

  test.concurrent('completed', async () => {
    const { handle, left } = await begin();
    await worker.client.activity.complete(key(left), { from: 'outside' });
    expect(await handle.result()).toEqual({ from: 'outside' });
  });

  test.concurrent('failed', async () => {
    const { handle, left } = await begin();
    await worker.client.activity.fail(key(left), ApplicationFailure.nonRetryable('outside', 'Outer', 1));
    expect((await failureOf(handle))?.cause).toMatchObject({ type: 'Outer', message: 'outside', details: [1] });
  });

  test.concurrent('kept alive; the next attempt gets the details', async () => {
    const { handle, left } = await begin({ startToCloseTimeout: '1 minute', retry: { initialInterval: 10 } });
    await worker.client.activity.heartbeat(key(left), { at: 7 });
    await worker.client.activity.fail(key(left), new Error('half way'));
    const next = await leftBy(handle.workflowId, 2);
    expect(next.heartbeatDetails).toEqual({ at: 7 });
    await worker.client.activity.complete(key(next), 'done');
    expect(await handle.result()).toBe('done');
  });

  test.concurrent('told of its cancellation, and confirms it', async () => {
    const { handle, left } = await begin(waiting);
    await worker.client.activity.heartbeat(key(left), 'nothing yet');
    await cancel(handle);
    expect(await rejectionOf(worker.client.activity.heartbeat(key(left)))).toBeInstanceOf(ActivityCancelledError);
    await worker.client.activity.reportCancellation(key(left), 'cleaned up');
    const failure = await failureOf(handle);
    expect(failure).toBeInstanceOf(CancelledFailure);
  });

  test.concurrent('told that it is paused, and that it is reset', async () => {
    const { handle, left } = await begin();
    const { workflowService } = worker.client;
    const { workflowId, activityId: id } = left;
    const only = { namespace: 'default', execution: { workflowId }, id, identity: 'test' };
    await workflowService.pauseActivity(only);
    expect(await rejectionOf(worker.client.activity.heartbeat(key(left)))).toBeInstanceOf(ActivityPausedError);
    await workflowService.unpauseActivity(only);
    await workflowService.resetActivity(only);
    expect(await rejectionOf(worker.client.activity.heartbeat(key(left)))).toBeInstanceOf(ActivityResetError);
    await handle.terminate();
  });

  test.concurrent('no longer found once it is over', async () => {
    const { handle, left } = await begin();
    await worker.client.activity.complete(key(left), 'first');
    await handle.result();
    const { activity } = worker.client;
    const late = [
      activity.complete(key(left), 'second'),
      activity.fail(key(left), new Error()),
      activity.heartbeat(key(left)),
      activity.reportCancellation(key(left)),
    ];
    for (const error of await Promise.all(late.map(rejectionOf))) expect(error).toBeInstanceOf(ActivityNotFoundError);
  });
});

test.concurrent('a cancellation that nobody asked for is refused', async () => {
  const { handle, left } = await begin();
  const error = await rejectionOf(worker.client.activity.reportCancellation(left.token));
  expect(error).toBeInstanceOf(ActivityCompletionError);
  await handle.terminate();
});

test.concurrent('without heartbeats it times out', async () => {
  const { handle, left } = await begin({ ...once, heartbeatTimeout: '1s' });
  await worker.client.activity.heartbeat(left.token, 'last');
  const cause = (await failureOf(handle))?.cause;
  expect(cause).toBeInstanceOf(TimeoutFailure);
  expect(cause).toMatchObject({ timeoutType: 'HEARTBEAT', lastHeartbeatDetails: 'last' });
});
