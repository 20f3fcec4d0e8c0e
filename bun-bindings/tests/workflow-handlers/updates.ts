import { expect, test } from 'bun:test';
import {
  WithStartWorkflowOperation,
  type WorkflowHandle,
  WorkflowUpdateFailedError,
  WorkflowUpdateStage,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import * as workflows from '../fixtures/handlers/updates.ts';
import { attributesOf, rejectionOf, start, taskFailure } from '../support/observe.ts';
import type { RecordingLogger } from '../support/recording-logger.ts';
import type { Subject } from './subject.ts';

export function updateTests({ worker }: Subject, logger: RecordingLogger): void {
  const adder = async (then: (handle: WorkflowHandle) => Promise<void>): Promise<number> => {
    const handle = await start(worker, workflows.adder, []);
    await then(handle);
    await handle.signal(workflows.finish);
    return handle.result();
  };

  test.concurrent('change the workflow and answer', async () => {
    const total = await adder(async (handle) => {
      expect(await handle.executeUpdate(workflows.add, { args: [2] })).toBe(2);
      expect(await handle.executeUpdate(workflows.add, { args: [3] })).toBe(5);
      expect(await handle.query(workflows.total)).toBe(5);
    });
    expect(total).toBe(5);
  });

  test.concurrent('that their validator refuses fail, and are not in the history', async () => {
    await adder(async (handle) => {
      const refused = (await rejectionOf(handle.executeUpdate(workflows.add, { args: [-1] }))) as Error;
      expect(refused).toBeInstanceOf(WorkflowUpdateFailedError);
      expect(refused.cause).toMatchObject({ message: 'only more', type: 'RangeError' });
      expect((refused.cause as Error).stack).toContain('fixtures/handlers/updates.ts:');
      const nothing = await rejectionOf(handle.executeUpdate(workflows.add, { args: [0] }));
      expect(nothing.cause).toMatchObject({ message: 'not nothing', type: 'Nothing', details: [0] });
      expect(await handle.query(workflows.total)).toBe(0);
      expect(await attributesOf(handle, 'workflowExecutionUpdateAcceptedEventAttributes')).toEqual([]);
    });
  });

  test.concurrent('give their handler what the client sent, whatever the validator did to it', async () => {
    await adder(async (handle) => {
      expect(await handle.executeUpdate(workflows.mutate, { args: [['sent']] })).toEqual(['sent', 'handled']);
    });
  });

  test.concurrent('wait side by side, and the workflow for all of them', async () => {
    const updates: Promise<number>[] = [];
    const total = await adder(async (handle) => {
      for (const amount of [1, 10, 100]) {
        const update = await handle.startUpdate(workflows.addSlowly, {
          args: [amount],
          waitForStage: WorkflowUpdateStage.ACCEPTED,
        });
        updates.push(update.result());
      }
      await handle.signal(workflows.finish);
      expect(await handle.query(workflows.total)).toBe(0);
      await handle.signal(workflows.open);
    });
    expect(total).toBe(111);
    expect((await Promise.all(updates)).toSorted((a, b) => a - b).at(-1)).toBe(111);
  });

  test.concurrent('fail alone if their handler throws a failure', async () => {
    await adder(async (handle) => {
      const error = await rejectionOf(handle.executeUpdate(workflows.fail, { args: [true] }));
      expect(error).toBeInstanceOf(WorkflowUpdateFailedError);
      expect(error.cause).toBeInstanceOf(ApplicationFailure);
      expect(error.cause).toMatchObject({ message: 'no luck', type: 'NoLuck' });
      expect(await handle.executeUpdate(workflows.add, { args: [1] })).toBe(1);
    });
  });

  test.concurrent('fail the workflow task if their handler throws any other error', async () => {
    const handle = await start(worker, workflows.adder, []);
    await handle.startUpdate(workflows.fail, { args: [false], waitForStage: WorkflowUpdateStage.ACCEPTED });
    expect(await taskFailure(worker, handle)).toMatchObject({ message: 'a bug in the update' });
    expect((await handle.describe()).status.name).toBe('RUNNING');
    await handle.terminate();
  });

  test.concurrent('with the same id are one', async () => {
    const total = await adder(async (handle) => {
      const updateId = 'only once';
      const first = await handle.startUpdate(workflows.add, {
        args: [7],
        updateId,
        waitForStage: WorkflowUpdateStage.ACCEPTED,
      });
      expect(first.updateId).toBe(updateId);
      expect(await first.result()).toBe(7);
      expect(await handle.executeUpdate(workflows.add, { args: [7], updateId })).toBe(7);
      expect(await handle.getUpdateHandle<number>(updateId).result()).toBe(7);
    });
    expect(total).toBe(7);
  });

  test.concurrent('know who they are, and nobody else does', async () => {
    const handle = await start(worker, workflows.selfAware, []);
    const ask = (updateId: string, refuse: boolean) =>
      handle.executeUpdate(workflows.whoAmI, { updateId, args: [refuse] });
    const infos = await Promise.all(['a', 'b'].map((id) => ask(id, false)));
    expect(infos).toEqual(
      ['a', 'b'].map((id) => {
        const info = { id, name: 'whoAmI' };
        return [info, info, [info]];
      }),
    );
    const refused = await rejectionOf(ask('c', true));
    expect(refused.cause).toMatchObject({ details: [{ id: 'c', name: 'whoAmI' }] });
    await handle.signal(workflows.open);
    await handle.signal(workflows.finish);
    expect(await handle.result()).toEqual({ inWorkflow: ['none', 'none'], inSignal: 'none' });
  });

  const withStart = (late: boolean, workflowId: string = crypto.randomUUID()) =>
    new WithStartWorkflowOperation(workflows.lateUpdatable, {
      taskQueue: worker.taskQueue,
      workflowId,
      args: [late],
      workflowIdConflictPolicy: 'USE_EXISTING',
    });

  test.concurrent('that start the workflow wait for a handler that is set in its first task', async () => {
    const startWorkflowOperation = withStart(false);
    const answer = await worker.client.workflow.executeUpdateWithStart<
      typeof workflows.lateUpdatable,
      string,
      [string]
    >('say', { args: ['hi'], startWorkflowOperation });
    expect(answer).toBe('heard hi');
    const handle = await startWorkflowOperation.workflowHandle();
    expect(await handle.result()).toEqual(['before', 'hi', 'after']);
  });

  test.concurrent('are refused if the task that brings them sets no handler', async () => {
    const startWorkflowOperation = withStart(true);
    const error = await rejectionOf(
      worker.client.workflow.executeUpdateWithStart<typeof workflows.lateUpdatable, string, [string]>('say', {
        args: ['hi'],
        startWorkflowOperation,
      }),
    );
    expect(error).toBeInstanceOf(WorkflowUpdateFailedError);
    expect(error.cause).toMatchObject({ message: 'No registered handler for update: say' });
    const handle = await startWorkflowOperation.workflowHandle();
    expect(await handle.result()).toEqual(['before', 'after']);
  });

  test.concurrent('that would start a workflow use the one that is there', async () => {
    const handle = await start(worker, workflows.adder, []);
    await handle.executeUpdate(workflows.add, { args: [1] });
    const startWorkflowOperation = new WithStartWorkflowOperation(workflows.adder, {
      taskQueue: worker.taskQueue,
      workflowId: handle.workflowId,
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
    const update = await worker.client.workflow.startUpdateWithStart(workflows.add, {
      args: [1],
      startWorkflowOperation,
      waitForStage: WorkflowUpdateStage.ACCEPTED,
    });
    expect(await update.result()).toBe(2);
    expect((await startWorkflowOperation.workflowHandle()).workflowId).toBe(handle.workflowId);
    await handle.signal(workflows.finish);
    expect(await handle.result()).toBe(2);
  });

  test.concurrent('are answered by the task that ends the workflow', async () => {
    const handle = await start(worker, workflows.endsWithUpdate, []);
    const answer = await handle.executeUpdate<string, [string]>('last', { args: ['word'] });
    expect(answer).toBe('got word');
    expect(await handle.result()).toBe('ended by word');
    expect((await rejectionOf(handle.executeUpdate('last', { args: ['too late'] }))).message).toMatch(
      /workflow execution already completed|not found/i,
    );
  });

  test.concurrent('and signals that are not done when the workflow ends are warned of, unless they may be abandoned', async () => {
    const handle = await start(worker, workflows.abandoning, []);
    await handle.signal('loudSignal');
    await handle.signal('quietSignal');
    await handle.signal('loudSignal');
    for (const name of ['loudUpdate', 'quietUpdate']) {
      await handle.startUpdate(name, { updateId: `id of ${name}`, waitForStage: WorkflowUpdateStage.ACCEPTED });
    }
    await handle.signal(workflows.finish);
    await handle.result();
    const warnings = logger.lines.filter(
      ({ level, meta }) => level === 'WARN' && meta?.workflowId === handle.workflowId,
    );
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^\[TMPRL1102\] Workflow finished while an update handler was still running\./),
      expect.stringMatching(/^\[TMPRL1102\] Workflow finished while a signal handler was still running\./),
    ]);
    expect(warnings[0]?.message).toEndWith('[{"name":"loudUpdate","id":"id of loudUpdate"}]');
    expect(warnings[1]?.message).toEndWith('[{"name":"loudSignal","count":2}]');
  });
}
