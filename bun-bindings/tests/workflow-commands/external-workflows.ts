import { expect, test } from 'bun:test';
import { CancelledFailure } from '@temporalio/common';
import * as workflows from '../fixtures/commands/children.ts';
import { attributesOf, failureOf, start } from '../support/observe.ts';
import type { RunningWorker } from '../support/test-worker.ts';

export function externalWorkflowTests(worker: RunningWorker): void {
  test('a child is signalled by its handle, and as any other workflow', async () => {
    const parent = await start(worker, workflows.signalsChild, []);
    expect(await parent.result()).toEqual(['by handle', 'by name', 'from outside', 'to this run']);
  });

  test.each(['any run', 'one run'])('another workflow is signalled and cancelled: %s', async (which) => {
    const other = await start(worker, workflows.notebook, []);
    const runId = which === 'one run' ? other.firstExecutionRunId : undefined;
    const meddler = await start(worker, workflows.meddles, [other.workflowId, runId]);
    await meddler.result();
    expect(await failureOf(other)).toBeInstanceOf(CancelledFailure);
    const [signalled] = await attributesOf(other, 'workflowExecutionSignaledEventAttributes');
    expect(signalled?.externalWorkflowExecution?.workflowId).toBe(meddler.workflowId);
    const [cancelled] = await attributesOf(other, 'workflowExecutionCancelRequestedEventAttributes');
    expect(cancelled?.externalWorkflowExecution?.workflowId).toBe(meddler.workflowId);
  });

  test('nobody at the other end is an error', async () => {
    const meddler = await start(worker, workflows.meddlesWithNobody, []);
    const type = 'ExternalWorkflowExecutionNotFound';
    const signal = ['ApplicationFailure', 'Unable to signal external workflow because it was not found', type];
    const cancel = ['ApplicationFailure', 'Unable to cancel external workflow because not found', type];
    expect(await meddler.result()).toEqual({ signal, cancel, closed: signal });
  });

  test('a signal may be taken back', async () => {
    const other = await start(worker, workflows.notebook, []);
    const sender = await start(worker, workflows.takesSignalBack, [other.workflowId]);
    expect(await sender.result()).toBe(true);
    expect(await attributesOf(sender, 'signalExternalWorkflowExecutionInitiatedEventAttributes')).toEqual([]);
    await other.terminate();
  });
}
