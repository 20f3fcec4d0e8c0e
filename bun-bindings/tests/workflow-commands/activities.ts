import { describe, expect, test } from 'bun:test';
import { ActivityFailure, ApplicationFailure, CancelledFailure, TimeoutFailure } from '@temporalio/common';
import { reportBy } from '../fixtures/commands/activities.ts';
import * as workflows from '../fixtures/commands/activity-calls.ts';
import { attributesOf, failureOf, start, untilEvent } from '../support/observe.ts';
import type { RunningWorker } from '../support/test-worker.ts';

const once = { startToCloseTimeout: '1 minute', retry: { maximumAttempts: 1 } } as const;
const kinds = [
  ['remote', { local: false }],
  ['local', { local: true }],
] as const;

export function activityTests(worker: RunningWorker): void {
  const call = (options: workflows.Call) => start(worker, workflows.calls, [options]);

  /** Resolves with the cause that made the call fail, and why it was not tried again. */
  async function failedCall(options: workflows.Call) {
    const failure = await failureOf(await call(options));
    expect(failure).toBeInstanceOf(ActivityFailure);
    return failure as ActivityFailure;
  }

  test('are called in every way', async () => {
    const handle = await start(worker, workflows.callsInEveryWay, []);
    expect(await handle.result()).toEqual(['proxy', 'with options', 'by name', 'local', 'local with options']);
    const ids = (await attributesOf(handle, 'activityTaskScheduledEventAttributes')).map(
      ({ activityId }) => activityId,
    );
    expect(ids).toEqual(['1', 'named', '3']);
  });

  test('are scheduled with the options that were given', async () => {
    const handle = await call({
      name: 'echo',
      args: ['x'],
      activityId: 'an-id',
      startToCloseTimeout: '1s',
      scheduleToStartTimeout: '2s',
      scheduleToCloseTimeout: '3s',
      heartbeatTimeout: '4s',
      retry: {
        initialInterval: 5,
        backoffCoefficient: 6,
        maximumInterval: 7,
        maximumAttempts: 8,
        nonRetryableErrorTypes: ['9'],
      },
    });
    expect(await handle.result()).toBe('x');
    const [scheduled] = await attributesOf(handle, 'activityTaskScheduledEventAttributes');
    expect(JSON.parse(JSON.stringify(scheduled))).toMatchObject({
      activityId: 'an-id',
      activityType: { name: 'echo' },
      taskQueue: { name: worker.taskQueue },
      startToCloseTimeout: { seconds: '1' },
      scheduleToStartTimeout: { seconds: '2' },
      scheduleToCloseTimeout: { seconds: '3' },
      // The server does not let it be longer than the attempt.
      heartbeatTimeout: { seconds: '1' },
      retryPolicy: {
        initialInterval: { nanos: 5_000_000 },
        backoffCoefficient: 6,
        maximumInterval: { nanos: 7_000_000 },
        maximumAttempts: 8,
        nonRetryableErrorTypes: ['9'],
      },
    });
  });

  test.each([
    ['SCHEDULE_TO_START', { taskQueue: `nobody-${crypto.randomUUID()}`, scheduleToStartTimeout: 100 }],
    ['SCHEDULE_TO_CLOSE', { scheduleToCloseTimeout: 500 }],
    ['START_TO_CLOSE', { startToCloseTimeout: 300 }],
    ['HEARTBEAT', { heartbeatTimeout: 300 }],
  ])('time out: %s', async (timeoutType, options) => {
    const { cause } = await failedCall({ name: 'waits', ...once, ...options });
    expect(cause).toBeInstanceOf(TimeoutFailure);
    expect((cause as TimeoutFailure).timeoutType).toBe(timeoutType as TimeoutFailure['timeoutType']);
  });

  test('are not started again when there is no time for it', async () => {
    const { cause, retryState } = await failedCall({
      name: 'failsFirst',
      args: [100],
      scheduleToCloseTimeout: '10s',
      retry: { initialInterval: '20s', maximumInterval: '20s' },
    });
    expect(retryState).toBe('TIMEOUT');
    expect(cause).toMatchObject({ message: 'attempt 1' });
  });

  describe.each(kinds)('that are %s', (_kind, kind) => {
    const { local } = kind;

    /** The failure of the activity itself: that of a local one is not wrapped. */
    async function failedActivity(options: workflows.Call, retryState: ActivityFailure['retryState']) {
      if (local) return failureOf(await call(options));
      const failure = await failedCall(options);
      expect(failure).toMatchObject({ activityType: options.name, retryState });
      return failure.cause;
    }

    test('are tried again as the retry policy says', async () => {
      const policy = { startToCloseTimeout: '1 minute', retry: { initialInterval: 1, maximumAttempts: 3 } } as const;
      const handle = await call({ name: 'failsFirst', args: [2], ...policy, ...kind });
      expect(await handle.result()).toBe(3);
      const failing = { name: 'failsFirst', args: [3], ...policy, ...kind };
      expect(await failedActivity(failing, 'MAXIMUM_ATTEMPTS_REACHED')).toMatchObject({ message: 'attempt 3' });
    });

    test('are not tried again when the failure forbids it', async () => {
      const failure = { message: 'for good', type: 'Final', nonRetryable: true, details: [1, 'two'] };
      const failing = { name: 'fails', args: [failure], startToCloseTimeout: '1 minute' as const, ...kind };
      const failed = await failedActivity(failing, 'NON_RETRYABLE_FAILURE');
      expect(failed).toBeInstanceOf(ApplicationFailure);
      expect(failed).toMatchObject(failure);
    });

    test('are not tried again when the policy forbids it', async () => {
      const retry = { nonRetryableErrorTypes: ['OutOfStock'] };
      const failing = { name: 'sellsOut', startToCloseTimeout: '1 minute', retry, ...kind } as const;
      const failed = await failedActivity(failing, 'NON_RETRYABLE_FAILURE');
      expect(failed).toMatchObject({ message: 'nothing left', type: 'OutOfStock' });
    });
  });

  describe('when they are cancelled', () => {
    /** Cancels the call once the activity runs. */
    async function cancelledCall(options: Partial<workflows.Call>) {
      const call = { name: 'cleansUp', ...once, ...options } as workflows.Call;
      // A workflow that waits for a local activity sees signals when it renews its task, before that times out.
      const handle = await start(worker, workflows.calls, [call], { workflowTaskTimeout: '1s' });
      await reportBy(handle.workflowId);
      await handle.signal(workflows.cancelCall);
      return handle;
    }

    test.each([
      ['TRY_CANCEL', 1],
      ['ABANDON', 0],
    ] as const)('are not waited for: %s', async (cancellationType, requests) => {
      const handle = await cancelledCall({ cancellationType, heartbeatTimeout: '1s' });
      const failure = await failureOf(handle);
      expect(failure).toBeInstanceOf(ActivityFailure);
      expect(failure?.cause).toBeInstanceOf(CancelledFailure);
      expect(await attributesOf(handle, 'activityTaskCancelRequestedEventAttributes')).toHaveLength(requests);
      expect(await attributesOf(handle, 'activityTaskCompletedEventAttributes')).toEqual([]);
    });

    test('are waited for: WAIT_CANCELLATION_COMPLETED', async () => {
      const handle = await cancelledCall({ cancellationType: 'WAIT_CANCELLATION_COMPLETED', heartbeatTimeout: '1s' });
      expect(await handle.result()).toBe('cleaned up');
      expect(await attributesOf(handle, 'activityTaskCancelRequestedEventAttributes')).toHaveLength(1);
    });

    test.each(['TRY_CANCEL', 'ABANDON'] as const)('and local, are not waited for: %s', async (cancellationType) => {
      const failure = await failureOf(await cancelledCall({ local: true, cancellationType }));
      expect(failure).toBeInstanceOf(ActivityFailure);
      expect(failure?.cause).toBeInstanceOf(CancelledFailure);
    });

    test('and local, are waited for: WAIT_CANCELLATION_COMPLETED', async () => {
      const handle = await cancelledCall({ local: true, cancellationType: 'WAIT_CANCELLATION_COMPLETED' });
      expect(await handle.result()).toBe('cleaned up');
    });

    test('in advance, are not even scheduled', async () => {
      const handle = await start(worker, workflows.callsTooLate, []);
      expect(await handle.result()).toEqual([true, true]);
      expect(await attributesOf(handle, 'activityTaskScheduledEventAttributes')).toEqual([]);
    });
  });

  describe('that are local, with a longer wait than localRetryThreshold', () => {
    const call = {
      name: 'failsFirst',
      local: true,
      startToCloseTimeout: '1 minute',
      localRetryThreshold: 1,
    } as const;

    test('wait for a timer of the workflow', async () => {
      const handle = await start(worker, workflows.calls, [
        { ...call, args: [2], retry: { initialInterval: 100, backoffCoefficient: 3 } },
      ]);
      expect(await handle.result()).toBe(3);
      const timers = await attributesOf(handle, 'timerStartedEventAttributes');
      expect(timers.map(({ startToFireTimeout }) => startToFireTimeout?.nanos)).toEqual([100_000_000, 300_000_000]);
      expect(await attributesOf(handle, 'markerRecordedEventAttributes')).toHaveLength(3);
    });

    test('are cancelled meanwhile', async () => {
      const handle = await start(worker, workflows.calls, [
        { ...call, args: [1], retry: { initialInterval: '1 hour', maximumInterval: '1 hour' } },
      ]);
      await untilEvent(worker.client, handle, 'timerStartedEventAttributes');
      await handle.signal(workflows.cancelCall);
      expect(await failureOf(handle)).toBeInstanceOf(CancelledFailure);
      expect(await attributesOf(handle, 'timerCanceledEventAttributes')).toHaveLength(1);
    });
  });
}
