import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import type { WorkerOptions } from '../../src/worker/options/worker-options.ts';
import * as workflows from '../fixtures/commands/outcomes.ts';
import { failureOf, rejectionOf, start, untilEvent } from '../support/observe.ts';
import { useServer } from '../support/test-server.ts';
import { useWorker } from '../support/use-worker.ts';

setDefaultTimeout(30_000);
const server = useServer();
const fixtures = `${import.meta.dir}/../fixtures/commands`;

/** How workflows end, with runs that stay in the cache and with runs that do not. */
describe.each([
  ['with a cache', {}],
  ['without a cache', { maxCachedWorkflows: 0 }],
])('%s', (_name, options) => {
  const useFixtures = (more: Partial<WorkerOptions> = {}) =>
    useWorker(server, { workflowsPath: `${fixtures}/index.ts`, activities: {}, ...options, ...more });

  describe('a workflow', () => {
    const worker = useFixtures();

    test('fails with all that its failure says', async () => {
      const told = {
        message: 'on purpose',
        type: 'Told',
        nonRetryable: true,
        details: [1, { two: 2 }],
        category: 'BENIGN',
      } as const;
      const handle = await start(worker, workflows.failsAsTold, [{ ...told, details: [...told.details] }]);
      const failure = (await failureOf(handle)) as ApplicationFailure;
      expect(failure).toBeInstanceOf(ApplicationFailure);
      expect(failure).toMatchObject(told);
      expect(failure.cause?.message).toBe('the cause');
      expect(failure.cause?.cause).toMatchObject({ message: 'its cause' });
      expect((await handle.describe()).status.name).toBe('FAILED');
    });

    test('times out: the run', async () => {
      const handle = await start(worker, workflows.waitsForEver, [], { workflowRunTimeout: 300 });
      const failure = await failureOf(handle);
      expect(failure).toBeInstanceOf(TimeoutFailure);
      expect((await handle.describe()).status.name).toBe('TIMED_OUT');
    });

    test('times out: all of its runs', async () => {
      const handle = await start(worker, workflows.waitsForEver, [], {
        workflowExecutionTimeout: '2s',
        workflowRunTimeout: '1s',
        retry: { initialInterval: 1, backoffCoefficient: 1 },
      });
      const failure = await failureOf(handle);
      expect(failure).toBeInstanceOf(TimeoutFailure);
      const last = await worker.client.workflow.getHandle(handle.workflowId).describe();
      expect(last.runId).not.toBe(handle.firstExecutionRunId);
    });

    test('is terminated, with a reason', async () => {
      const handle = await start(worker, workflows.waitsForEver, []);
      await handle.terminate('enough');
      const failure = await failureOf(handle);
      expect(failure).toBeInstanceOf(TerminatedFailure);
      expect(failure?.message).toBe('enough');
      expect((await handle.describe()).status.name).toBe('TERMINATED');
    });
  });

  describe('a retry policy', () => {
    const worker = useFixtures();
    const retryable = { message: 'again', type: 'Again' };

    /** The attempts that were made, and how the last one ended. */
    async function failedAttempts(...args: Parameters<typeof start<typeof workflows.failsAtEachAttempt>>) {
      const handle = await start(...args);
      const error = (await rejectionOf(handle.result())) as WorkflowFailedError;
      expect(error).toBeInstanceOf(WorkflowFailedError);
      return { retryState: error.retryState, cause: error.cause };
    }

    test('has a workflow tried again', async () => {
      const retry = { initialInterval: 1 };
      const handle = await start(worker, workflows.failsAtEachAttempt, [[retryable, retryable]], { retry });
      expect(await handle.result()).toBe('attempt 3');
    });

    test('limits the attempts', async () => {
      const retry = { initialInterval: 1, maximumAttempts: 2 };
      const failures = [retryable, { ...retryable, message: 'second' }, retryable];
      expect(await failedAttempts(worker, workflows.failsAtEachAttempt, [failures], { retry })).toMatchObject({
        retryState: 'MAXIMUM_ATTEMPTS_REACHED',
        cause: { message: 'second' },
      });
    });

    test.each([
      ['the failure', [{ message: 'final', nonRetryable: true }]],
      ['the policy', [retryable, { message: 'final', type: 'Final' }]],
    ])('does not apply when %s says so', async (_who, failures) => {
      const retry = { initialInterval: 1, nonRetryableErrorTypes: ['Final'] };
      expect(await failedAttempts(worker, workflows.failsAtEachAttempt, [failures], { retry })).toMatchObject({
        retryState: 'NON_RETRYABLE_FAILURE',
        cause: { message: 'final' },
      });
    });
  });

  describe('an error that is no failure', () => {
    const worker = useFixtures();

    test.each(['error', 'type', 'order', 'text'] as const)('fails the task: %s', async (what) => {
      const handle = await start(worker, workflows.throws, [what]);
      const failed = await untilEvent(worker.client, handle, 'workflowTaskFailedEventAttributes');
      expect(failed.failure?.message).toMatch(/^(plain|of a type|an order|only text .*)$/);
      expect((await handle.describe()).status.name).toBe('RUNNING');
      await handle.terminate();
    });

    test.each([
      ['order', 'OrderError'],
      ['late', 'OrderError'],
      ['type', 'TypeError'],
    ] as const)('fails the workflow that says so: %s', async (what, type) => {
      const failure = await failureOf(await start(worker, workflows.throwsWithOptions, [what]));
      expect(failure).toBeInstanceOf(ApplicationFailure);
      expect(failure).toMatchObject({ type: what === 'late' ? 'LateOrderError' : type });
    });

    test('fails the task of a workflow that says so of others', async () => {
      const handle = await start(worker, workflows.throwsWithOptions, ['error']);
      const failed = await untilEvent(worker.client, handle, 'workflowTaskFailedEventAttributes');
      expect(failed.failure?.message).toBe('plain');
      await handle.terminate();
    });
  });

  describe('an error that the worker lists', () => {
    const worker = useFixtures({
      workflowFailureErrorTypes: { '*': ['TypeError'], throws: ['OrderError'] },
    });

    test('for all types, fails the workflow', async () => {
      expect(await failureOf(await start(worker, workflows.throws, ['type']))).toMatchObject({ type: 'TypeError' });
    });

    test('for a type, fails the workflow', async () => {
      expect(await failureOf(await start(worker, workflows.throws, ['order']))).toMatchObject({ type: 'OrderError' });
    });

    test.each(['error', 'text'] as const)('not, fails the task: %s', async (what) => {
      const handle = await start(worker, workflows.throws, [what]);
      await untilEvent(worker.client, handle, 'workflowTaskFailedEventAttributes');
      expect((await handle.describe()).status.name).toBe('RUNNING');
      await handle.terminate();
    });
  });

  describe('a worker that lists Error', () => {
    const worker = useFixtures({ workflowFailureErrorTypes: { '*': [], throws: ['Error'] } });

    test.each(['error', 'type', 'late'] as const)('has the workflow fail with each: %s', async (what) => {
      expect(await failureOf(await start(worker, workflows.throws, [what]))).toBeInstanceOf(ApplicationFailure);
    });
  });

  describe('a default workflow', () => {
    const worker = useFixtures({ workflowsPath: `${fixtures}/dynamic.ts` });

    test('runs for each type that has none of its own', async () => {
      const handle = await start(worker, 'anything', [1, 'two']);
      expect(await handle.result()).toEqual({ type: 'anything', args: [1, 'two'] });
      expect(await (await start(worker, 'named', [])).result()).toBe('the named one');
    });
  });
});
