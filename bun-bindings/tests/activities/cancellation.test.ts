import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import {
  activityInfo,
  Context,
  cancellationDetails,
  cancellationSignal,
  getClient,
  heartbeat,
  sleep,
} from '@temporalio/activity';
import { type Client, isGrpcCancelledError, type WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import {
  ActivityCancellationDetails,
  type ActivityOptions,
  CancelledFailure,
  TimeoutFailure,
} from '@temporalio/common';
import { attributesOf, failureOf as failureOfHandle, untilEvent } from '../support/observe.ts';
import { useServer } from '../support/test-server.ts';
import type { RunningWorker } from '../support/test-worker.ts';
import { causeOf, once, startCall, withActivities } from './activity-worker.ts';

setDefaultTimeout(60_000);
const server = useServer();

/** The things that an activity learned of its cancellation. */
interface Learned {
  error: unknown;
  details: ActivityCancellationDetails | undefined;
  signalReason: unknown;
}

/** An activity that heartbeats, unless it is silent, until it is cancelled; its second call ends at once. */
class Cancellable {
  readonly #started = Promise.withResolvers<void>();
  readonly #learned = Promise.withResolvers<Learned>();
  /** The attempt of each call. */
  readonly attempts: number[] = [];

  readonly #heartbeatDetails: unknown;
  readonly #silent: boolean;

  constructor({ heartbeatDetails, silent = false }: { heartbeatDetails?: unknown; silent?: boolean } = {}) {
    this.#heartbeatDetails = heartbeatDetails;
    this.#silent = silent;
  }

  readonly run = async (): Promise<string> => {
    this.attempts.push(activityInfo().attempt);
    if (this.attempts.length > 1) return 'ran again';
    const beat = this.#silent ? undefined : setInterval(heartbeat, 20, this.#heartbeatDetails);
    this.#started.resolve();
    try {
      return await sleep('1 hour').then(() => 'slept');
    } catch (error) {
      const signal = cancellationSignal();
      this.#learned.resolve({ error, details: cancellationDetails(), signalReason: signal.reason });
      throw error;
    } finally {
      clearInterval(beat);
    }
  };

  /** Resolves when the activity runs. */
  get started(): Promise<void> {
    return this.#started.promise;
  }

  /** Checks the reason and the details that the activity has learned, which are the same wherever it looks. */
  async expectCancelled(
    reason: string,
    details: ConstructorParameters<typeof ActivityCancellationDetails>[0],
  ): Promise<void> {
    const learned = await this.#learned.promise;
    expect(learned.error).toBeInstanceOf(CancelledFailure);
    expect(learned.error).toMatchObject({ message: reason });
    expect(learned.details).toEqual(new ActivityCancellationDetails(details));
    expect(learned.signalReason).toBe(learned.error);
  }
}

/** Runs a worker whose heartbeats are sent as they come, with a workflow that calls the activity, until that runs. */
function whileRunning<R>(
  activity: Cancellable,
  fn: (handle: WorkflowHandleWithFirstExecutionRunId, worker: RunningWorker) => Promise<R>,
  options: ActivityOptions = { startToCloseTimeout: '1 minute' },
): Promise<R> {
  return withActivities(
    server,
    { run: activity.run },
    async (worker) => {
      const handle = await startCall(worker, options);
      await activity.started;
      return fn(handle, worker);
    },
    { maxHeartbeatThrottleInterval: 20 },
  );
}

/** Names the only activity of a run to the server. */
const only = ({ workflowId }: { workflowId: string }) => ({ namespace: 'default', execution: { workflowId }, id: '1' });

/** Resolves with the type of the failure of the attempt before the last one of a run's only activity. */
async function lastFailureType(client: Client, handle: WorkflowHandleWithFirstExecutionRunId): Promise<unknown> {
  const { lastFailure } = await untilEvent(client, handle, 'activityTaskStartedEventAttributes');
  return lastFailure?.applicationFailureInfo?.type;
}

test.concurrent('that the workflow asks for', async () => {
  const activity = new Cancellable();
  await whileRunning(
    activity,
    async (handle) => {
      await handle.cancel();
      await activity.expectCancelled('CANCELLED', { cancelRequested: true });
      expect(await failureOfHandle(handle)).toBeInstanceOf(CancelledFailure);
      expect(await attributesOf(handle, 'activityTaskCanceledEventAttributes')).toHaveLength(1);
    },
    { ...once, cancellationType: 'WAIT_CANCELLATION_COMPLETED' },
  );
});

test.concurrent('by a pause: it fails, and runs again when the pause is over', async () => {
  const activity = new Cancellable();
  const { workflowId, taskQueue } = await whileRunning(activity, async (handle, { client, taskQueue }) => {
    await client.workflowService.pauseActivity({ ...only(handle), identity: 'test', reason: 'to look at it' });
    await activity.expectCancelled('PAUSED', { paused: true });
    return { workflowId: handle.workflowId, taskQueue };
  });
  // The worker has stopped: what it had to say has been said.
  const next = { taskQueue, stickyQueueScheduleToStartTimeout: 200 };
  await withActivities(
    server,
    activity,
    async ({ client }) => {
      const handle = client.workflow.getHandle(workflowId);
      const [pending] = (await handle.describe()).raw.pendingActivities ?? [];
      expect(pending).toMatchObject({
        paused: true,
        lastFailure: { applicationFailureInfo: { type: 'ActivityPause', nonRetryable: false } },
      });
      await client.workflowService.unpauseActivity({ ...only(handle), identity: 'test' });
      expect(await handle.result()).toBe('ran again');
    },
    next,
  );
  expect(activity.attempts).toEqual([1, 2]);
});

test.concurrent('by a reset: it fails, and runs again', async () => {
  const activity = new Cancellable();
  await whileRunning(activity, async (handle, { client }) => {
    await client.workflowService.resetActivity({ ...only(handle), identity: 'test' });
    await activity.expectCancelled('RESET', { reset: true });
    expect(await handle.result()).toBe('ran again');
    expect(await lastFailureType(client, handle)).toBe('ActivityReset');
  });
});

test.concurrent('because its time is over', async () => {
  // Without heartbeats, only the worker's own clock can tell.
  const activity = new Cancellable({ silent: true });
  await withActivities(server, { run: activity.run }, async (worker) => {
    const options: ActivityOptions = { ...once, startToCloseTimeout: 300 };
    const cause = await causeOf((await startCall(worker, options)).result());
    expect(cause).toBeInstanceOf(TimeoutFailure);
    await activity.expectCancelled('TIMED_OUT', { notFound: true, timedOut: true });
  });
});

test.concurrent('because the workflow is over', async () => {
  const activity = new Cancellable();
  await whileRunning(activity, async (handle) => {
    await handle.terminate();
    await activity.expectCancelled('NOT_FOUND', { notFound: true });
  });
});

test.concurrent('because its heartbeat cannot be encoded: it is a failure that may be tried again', async () => {
  const activity = new Cancellable({ heartbeatDetails: 1n });
  await whileRunning(activity, async (handle, { client }) => {
    await activity.expectCancelled('HEARTBEAT_DETAILS_CONVERSION_FAILED', {});
    expect(await handle.result()).toBe('ran again');
    expect(await lastFailureType(client, handle)).toBe('CancelledFailure');
  });
});

describe('ends what the activity waits for:', () => {
  /** The workflow cancels an activity, which ends with what it waited for. */
  async function cancelled(wait: () => Promise<unknown>): Promise<Error | undefined> {
    const running = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<Error>();
    const run = async () => {
      const beat = setInterval(heartbeat, 20);
      running.resolve();
      try {
        return await wait();
      } catch (error) {
        ended.resolve(error as Error);
        throw error;
      } finally {
        clearInterval(beat);
      }
    };
    return withActivities(
      server,
      { run },
      async (worker) => {
        const handle = await startCall(worker, { ...once, cancellationType: 'WAIT_CANCELLATION_COMPLETED' });
        await running.promise;
        await handle.cancel();
        expect(await failureOfHandle(handle)).toBeInstanceOf(CancelledFailure);
        return ended.promise;
      },
      { maxHeartbeatThrottleInterval: 20 },
    );
  }

  test.concurrent('a request with its signal', async () => {
    await using silent = Bun.serve({ port: 0, idleTimeout: 0, fetch: () => new Promise<Response>(() => {}) });
    const error = await cancelled(() => fetch(silent.url, { signal: cancellationSignal() }));
    expect(error).toBeInstanceOf(CancelledFailure);
  });

  test.concurrent('a process with its signal', async () => {
    const error = await cancelled(async () => {
      const child = Bun.spawn(['sleep', '3600'], { signal: cancellationSignal() });
      await child.exited;
      expect(child.signalCode).toBe('SIGTERM');
      return Context.current().cancelled;
    });
    expect(error).toBeInstanceOf(CancelledFailure);
  });

  test.concurrent("a call of the worker's client", async () => {
    let error: Error | undefined;
    await cancelled(async () => {
      const handle = getClient().workflow.getHandle(activityInfo().workflowExecution?.workflowId ?? '');
      // Of the workflow that waits for this activity.
      error = await handle.result().catch((error) => error);
      return Context.current().cancelled;
    });
    expect(isGrpcCancelledError(error)).toBe(true);
  });

  test.concurrent('but not a call that begins later: an activity may have to clean up', async () => {
    let seen: unknown;
    const error = await cancelled(async () => {
      await Context.current().cancelled.catch(() => undefined);
      expect(cancellationSignal().aborted).toBe(true);
      const handle = getClient().workflow.getHandle(activityInfo().workflowExecution?.workflowId ?? '');
      seen = (await handle.describe()).workflowId;
      return Context.current().cancelled;
    });
    expect(error).toBeInstanceOf(CancelledFailure);
    expect(seen).toBeString();
  });
});
