import { describe, expect, test } from 'bun:test';
import {
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/common';
import type { ChildWorkflowCancellationType } from '@temporalio/workflow';
import * as workflows from '../fixtures/commands/children.ts';
import { attributesOf, failureOf, start } from '../support/observe.ts';
import type { RunningWorker } from '../support/test-worker.ts';

export function childTests(worker: RunningWorker): void {
  describe('when its parent has closed, a child', () => {
    test.each([
      ['TERMINATE', 'TERMINATE'],
      ['by default', undefined],
    ] as const)('is terminated: %s', async (_when, policy) => {
      const childId = await (await start(worker, workflows.leavesChild, [policy])).result();
      expect(await failureOf(worker.client.workflow.getHandle(childId))).toBeInstanceOf(TerminatedFailure);
    });

    test('is cancelled: REQUEST_CANCEL', async () => {
      const childId = await (await start(worker, workflows.leavesChild, ['REQUEST_CANCEL'])).result();
      expect(await failureOf(worker.client.workflow.getHandle(childId))).toBeInstanceOf(CancelledFailure);
    });

    test('goes on: ABANDON', async () => {
      const childId = await (await start(worker, workflows.leavesChild, ['ABANDON'])).result();
      const child = worker.client.workflow.getHandle(childId);
      await child.signal(workflows.note, 'still here');
      await child.signal(workflows.leave);
      expect(await child.result()).toEqual(['still here']);
    });
  });

  describe('when it is cancelled by its parent, a child', () => {
    /** A parent that was told to cancel its child once that had started, and the child. */
    async function cancelling(cancellationType?: ChildWorkflowCancellationType) {
      const workflowId = `child-${crypto.randomUUID()}`;
      const options = cancellationType === undefined ? {} : { cancellationType };
      const parent = await start(worker, workflows.cancelsChild, [{ workflowId, ...options }]);
      await parent.executeUpdate(workflows.childStarted);
      await parent.signal(workflows.cancelChild);
      return { parent, child: worker.client.workflow.getHandle<typeof workflows.slowNotebook>(workflowId) };
    }

    test('does not learn of it: ABANDON', async () => {
      const { parent, child } = await cancelling('ABANDON');
      expect(await parent.executeUpdate(workflows.childOutcome)).toBe('cancelled: ChildWorkflowFailure');
      await parent.signal(workflows.leave);
      await parent.result();
      expect(await attributesOf(parent, 'requestCancelExternalWorkflowExecutionInitiatedEventAttributes')).toEqual([]);
      expect(await attributesOf(child, 'workflowExecutionCancelRequestedEventAttributes')).toEqual([]);
      await child.terminate();
    });

    test('learns of it, and is not waited for: TRY_CANCEL', async () => {
      const { parent, child } = await cancelling('TRY_CANCEL');
      expect(await parent.executeUpdate(workflows.childOutcome)).toBe('cancelled: ChildWorkflowFailure');
      await child.signal(workflows.note, 'last');
      expect(await child.result()).toBe('last');
      await parent.signal(workflows.leave);
    });

    test.each([
      // Temporal's core treats it as the next one.
      ['WAIT_CANCELLATION_REQUESTED', 'WAIT_CANCELLATION_REQUESTED'],
      ['WAIT_CANCELLATION_COMPLETED', 'WAIT_CANCELLATION_COMPLETED'],
      ['by default', undefined],
    ] as const)('is waited for: %s', async (_when, type) => {
      const { parent, child } = await cancelling(type);
      await child.signal(workflows.note, 'last');
      expect(await parent.executeUpdate(workflows.childOutcome)).toBe('last');
      expect(await attributesOf(parent, 'externalWorkflowExecutionCancelRequestedEventAttributes')).toHaveLength(1);
      await parent.signal(workflows.leave);
    });

    test('is not started if it was not yet', async () => {
      const parent = await start(worker, workflows.cancelsChildAtOnce, []);
      expect(await parent.result()).toBe(true);
      expect(await attributesOf(parent, 'startChildWorkflowExecutionInitiatedEventAttributes')).toEqual([]);
    });
  });

  describe('a child that fails', () => {
    test('fails its parent, with the cause', async () => {
      const parent = await start(worker, workflows.runsChild, ['failing', { args: ['on purpose'] }]);
      const failure = await failureOf(parent);
      expect(failure).toBeInstanceOf(ChildWorkflowFailure);
      expect(failure).toMatchObject({ workflowType: 'failing', retryState: 'RETRY_POLICY_NOT_SET' });
      expect(failure?.cause).toBeInstanceOf(ApplicationFailure);
      expect(failure?.cause).toMatchObject({ message: 'on purpose', type: 'Failing', nonRetryable: true });
    });

    test('by a timeout, says so', async () => {
      const failure = await failureOf(
        await start(worker, workflows.runsChild, ['notebook', { workflowRunTimeout: 500 }]),
      );
      expect(failure).toBeInstanceOf(ChildWorkflowFailure);
      expect(failure?.cause).toBeInstanceOf(TimeoutFailure);
    });

    test('to start, says why', async () => {
      const parent = await start(worker, workflows.startsTwins, []);
      expect(await parent.result()).toMatchObject({
        name: 'WorkflowExecutionAlreadyStartedError',
        message: 'Workflow execution already started',
        workflowId: `${parent.workflowId}/twin`,
        workflowType: 'notebook',
      });
    });

    test('is tried again as its retry policy says', async () => {
      const options = { args: [2], retry: { initialInterval: 1, maximumAttempts: 3 } };
      expect(await (await start(worker, workflows.runsChild, ['failsUntil', options])).result()).toBe(3);
    });
  });

  test('a child is started with the options that were given', async () => {
    const workflowId = `child-${crypto.randomUUID()}`;
    const parent = await start(worker, workflows.runsChild, [
      'failsUntil',
      {
        args: [0],
        workflowId,
        workflowExecutionTimeout: '3 minutes',
        workflowRunTimeout: '2 minutes',
        workflowTaskTimeout: '1 minute',
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        parentClosePolicy: 'ABANDON',
        cronSchedule: undefined,
        memo: { a: 'memo' },
        retry: { maximumAttempts: 7 },
      },
    ]);
    expect(await parent.result()).toBe(1);
    const [initiated] = await attributesOf(parent, 'startChildWorkflowExecutionInitiatedEventAttributes');
    expect(JSON.parse(JSON.stringify(initiated))).toMatchObject({
      workflowId,
      workflowType: { name: 'failsUntil' },
      taskQueue: { name: worker.taskQueue },
      workflowExecutionTimeout: { seconds: '180' },
      workflowRunTimeout: { seconds: '120' },
      workflowTaskTimeout: { seconds: '60' },
      workflowIdReusePolicy: 'WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE',
      parentClosePolicy: 'PARENT_CLOSE_POLICY_ABANDON',
      retryPolicy: { maximumAttempts: 7 },
    });
    expect((await worker.client.workflow.getHandle(workflowId).describe()).memo).toEqual({ a: 'memo' });
  });
}
