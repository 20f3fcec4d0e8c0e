import { expect, test } from 'bun:test';
import { QueryNotRegisteredError, type WorkflowHandle } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import * as workflows from '../fixtures/handlers/queries.ts';
import { eventsOf, failureOf, rejectionOf, start } from '../support/observe.ts';
import type { Subject } from './subject.ts';

export function queryTests({ worker }: Subject): void {
  const running = async (then: (handle: WorkflowHandle) => Promise<void>): Promise<void> => {
    const handle = await start(worker, workflows.answering, []);
    // The first answer tells that the first task is over.
    expect(await handle.query(workflows.stage)).toBe('waiting');
    await then(handle);
    await handle.signal(workflows.finish, 'return');
    expect(await handle.result()).toBe('done');
  };

  test.concurrent('get arguments, and leave no trace in the history', () =>
    running(async (handle) => {
      const before = await eventsOf(handle);
      for (const n of [1, 2, 3]) expect(await handle.query(workflows.sum, n, 10 * n)).toBe(11 * n);
      expect(await eventsOf(handle)).toHaveLength(before.length);
    }));

  test.concurrent('that nobody answers fail, and say which ones there are', () =>
    running(async (handle) => {
      const error = await rejectionOf(handle.query('unheardOf'));
      expect(error).toBeInstanceOf(QueryNotRegisteredError);
      expect(error.message).toBe(
        'Workflow did not register a handler for unheardOf. Registered queries: ' +
          '[__stack_trace __enhanced_stack_trace __temporal_workflow_metadata sum stage broken promised]',
      );
    }));

  test.concurrent('fail if their handler throws or returns a promise, and the workflow does not notice', () =>
    running(async (handle) => {
      expect((await rejectionOf(handle.query(workflows.broken))).message).toBe('nothing to tell');
      const error = await rejectionOf(handle.query(workflows.promised));
      expect(error.message).toBe('Query handlers should not return a Promise');
      expect(await handle.query(workflows.sum, 1, 1)).toBe(2);
    }));

  test.concurrent('are answered by workflows that are over, completed or failed', async () => {
    for (const how of ['return', 'throw'] as const) {
      const handle = await start(worker, workflows.answering, []);
      await handle.signal(workflows.finish, how);
      if (how === 'return') await handle.result();
      else expect(await failureOf(handle)).toMatchObject({ message: 'as told' });
      expect(await handle.query(workflows.stage)).toBe('over');
      expect(await handle.query(workflows.sum, 2, 3)).toBe(5);
      expect((await rejectionOf(handle.query('unheardOf'))).message).toContain('Registered queries: [');
    }
  });

  test.concurrent('for the metadata of a workflow name its handlers and its current details', () =>
    running(async (handle) => {
      const metadata = await handle.query<temporal.api.sdk.v1.IWorkflowMetadata>('__temporal_workflow_metadata');
      expect(metadata.currentDetails).toBe('in the **middle** of it');
      expect(metadata.definition?.type).toBe('answering');
      expect(metadata.definition?.queryDefinitions).toContainEqual({ name: 'sum', description: 'Adds two numbers.' });
      expect(metadata.definition?.signalDefinitions).toEqual([{ name: 'finish', description: 'Ends the workflow.' }]);
    }));
}
