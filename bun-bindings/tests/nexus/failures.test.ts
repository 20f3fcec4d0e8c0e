import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import {
  ApplicationFailure,
  CancelledFailure,
  TimeoutFailure,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/common';
import { getClient } from '@temporalio/nexus';
import { HandlerError, OperationError, type StartOperationContext } from 'nexus-rpc';
import { withJobs } from '../fixtures/nexus/nexus-worker.ts';
import * as workflows from '../fixtures/nexus/workflows.ts';
import { useServer } from '../support/test-server.ts';
import { callerOptions, callQuick, operationFailure, startQuick } from './calls.ts';

setDefaultTimeout(30_000);
const server = useServer();

/** The failure of the quick operation when its handler does this. */
const failureWhen = (quick: () => Promise<never>) =>
  withJobs(server, { quick }, {}, (running) => operationFailure(callQuick(running)));

const failureOf = (error: Error) => failureWhen(() => Promise.reject(error));

describe('an operation that ends in', () => {
  test('a failure', async () => {
    const error = new OperationError('failed', 'no more stock', { cause: new Error('shelf is empty') });
    const failure = await failureOf(error);
    expect(failure).toMatchObject({ service: 'jobs', operation: 'quick-job', message: expect.any(String) });
    expect(failure.cause).toBeInstanceOf(ApplicationFailure);
    expect(failure.cause?.message).toBe('no more stock');
  });

  test('its cancellation', async () => {
    const failure = await failureOf(new OperationError('canceled', 'nobody wants it'));
    expect(failure.cause).toBeInstanceOf(CancelledFailure);
    expect(failure.cause?.message).toBe('nobody wants it');
  });
});

describe('a request that is not to be tried again, because of', () => {
  test.each<[string, Error, Partial<HandlerError>]>([
    ['the type of the error', new HandlerError('UNAUTHORIZED', 'not you'), { type: 'UNAUTHORIZED' }],
    [
      'what the error says',
      new HandlerError('UNAVAILABLE', 'not you', { retryableOverride: false }),
      { type: 'UNAVAILABLE' },
    ],
    ['an ApplicationFailure', ApplicationFailure.nonRetryable('broken'), { type: 'INTERNAL' }],
    [
      'a workflow that runs already',
      new WorkflowExecutionAlreadyStartedError('runs already', 'id', 'type'),
      { type: 'INTERNAL' },
    ],
  ])('%s', async (_, error, expected) => {
    const { cause } = await failureOf(error);
    expect(cause).toBeInstanceOf(HandlerError);
    expect(cause).toMatchObject({ ...expected, retryable: false });
  });

  test('what the server told the handler', async () => {
    const { cause } = await failureWhen(async () => {
      const id = 'longer than the server takes '.repeat(100);
      await getClient().workflow.start(workflows.doJob, { taskQueue: 'any', workflowId: id, args: [{ id }] });
      throw new Error('The server took the id');
    });
    expect(cause).toMatchObject({ type: 'BAD_REQUEST', retryable: false });
  });

  test.each([
    ['a service', 'no-jobs', 'quick-job', "No service handler registered for service name 'no-jobs'"],
    ['an operation', 'jobs', 'slow-job', "Operation handler not registered for operation 'slow-job' in service 'jobs'"],
  ])('%s that is not there', async (_, service, operation, message) => {
    await withJobs(server, {}, {}, async (running) => {
      const { client, endpoint } = running;
      const calling = client.workflow.execute(workflows.callByName, {
        ...callerOptions(running),
        args: [endpoint, service, operation],
      });
      const { cause } = await operationFailure(calling);
      expect(cause).toMatchObject({ type: 'NOT_FOUND', message: expect.stringContaining(message) });
    });
  });
});

test.each([
  ['any error', new Error('once')],
  ['a retryable handler error', new HandlerError('UNAVAILABLE', 'once')],
  ['a handler error that says so', new HandlerError('BAD_REQUEST', 'once', { retryableOverride: true })],
  ['an ApplicationFailure', ApplicationFailure.retryable('once')],
])('a request is tried again after %s', async (_, error) => {
  const requests: string[] = [];
  const quick = async ({ requestId }: StartOperationContext, input: string) => {
    requests.push(requestId);
    if (requests.length === 1) throw error;
    return input;
  };
  await withJobs(server, { quick }, {}, async (running) => {
    expect(await callQuick(running, 'again')).toBe('again');
  });
  expect(requests).toEqual([requests[0], requests[0]] as string[]);
});

describe('a handler hears', () => {
  const untilAborted = async ({ abortSignal }: StartOperationContext) => {
    if (!abortSignal.aborted) await new Promise((resolve) => abortSignal.addEventListener('abort', resolve));
    return abortSignal.reason;
  };

  test('that its time is up, when its caller gets a timeout', async () => {
    const deadline = Promise.withResolvers<Date | undefined>();
    const reason = Promise.withResolvers<unknown>();
    const quick = async (ctx: StartOperationContext) => {
      deadline.resolve(ctx.requestDeadline);
      reason.resolve(await untilAborted(ctx));
      throw ctx.abortSignal.reason;
    };
    await withJobs(server, { quick }, {}, async (running) => {
      const startedAt = Date.now();
      const caller = await startQuick(running, 'input', { scheduleToCloseTimeout: '1s' });
      expect((await operationFailure(caller.result())).cause).toBeInstanceOf(TimeoutFailure);
      expect(await reason.promise).toEqual(new CancelledFailure('TIMED_OUT'));
      const until = (await deadline.promise)?.getTime() ?? 0;
      expect(until).toBeGreaterThan(startedAt);
      expect(until).toBeLessThan(startedAt + 60_000);
    });
  });

  test('that its worker shuts down, and its answer still counts', async () => {
    const started = Promise.withResolvers<void>();
    const reasons: unknown[] = [];
    const quick = async (ctx: StartOperationContext, input: string) => {
      started.resolve();
      reasons.push(await untilAborted(ctx));
      return input;
    };
    // Without a cache the next worker need not wait for the sticky queue of this one to be given up.
    const options = { maxCachedWorkflows: 0 };
    const { taskQueue, workflowId } = await withJobs(server, { quick }, options, async (running) => {
      const caller = await startQuick(running, 'last words');
      await started.promise;
      expect(running.worker.getStatus()).toMatchObject({
        nexusPollerState: 'POLLING',
        hasOutstandingNexusPoll: true,
        numInFlightNexusOperations: 1,
        phases: expect.arrayContaining(['ExecutingNexus']),
      });
      return { taskQueue: running.taskQueue, workflowId: caller.workflowId };
    });
    expect(reasons).toEqual([new CancelledFailure('WORKER_SHUTDOWN')]);
    await withJobs(server, {}, { taskQueue }, async ({ client }) => {
      expect(await client.workflow.getHandle(workflowId).result()).toBe('last words');
    });
  });
});
