import { expect, test } from 'bun:test';
import type { WorkflowUpdateFailedError } from '@temporalio/client';
import * as workflows from '../fixtures/handlers/default-handlers.ts';
import { rejectionOf, start, taskFailure } from '../support/observe.ts';
import type { Subject } from './subject.ts';

export function defaultHandlerTests({ worker }: Subject): void {
  const update = (name: string, ...args: unknown[]) => [name, { args: args as [unknown] }] as const;

  test.concurrent('take what no other handler does, also signals that were waiting', async () => {
    const handle = await start(worker, workflows.catchAll, []);
    await handle.signal('early', 1);
    await handle.signal('known', 2);
    expect(await handle.executeUpdate(...update('known', 3, 4))).toEqual(['known update', 3, 4]);
    const refused = (await rejectionOf(handle.executeUpdate(...update('tooEarly')))) as WorkflowUpdateFailedError;
    expect(refused.cause?.message).toBe('No registered handler for update: tooEarly');
    expect((await rejectionOf(handle.query('tooEarly'))).message).toContain('did not register a handler for tooEarly');

    await handle.signal('arm');
    await handle.signal('late', 5, { six: 6 });
    expect(await handle.executeUpdate(...update('unheardOf', 7, 8))).toEqual(['update', 'unheardOf', 7, 8]);
    expect(await handle.executeUpdate(...update('known', 9))).toEqual(['known update', 9]);
    expect(await handle.query('unheardOf', 10, 11)).toEqual(['query', 'unheardOf', 10, 11]);
    expect(await handle.query('known', 12)).toEqual(['known query', 12]);
    await handle.signal('finish');
    expect(await handle.result()).toEqual([
      ['known signal', 2],
      'armed',
      ['signal', 'early', 1],
      ['signal', 'late', 5, { six: 6 }],
    ]);
    expect(await handle.query('unheardOf', 13)).toEqual(['query', 'unheardOf', 13]);
  });

  test.concurrent('are gone when they are set to undefined', async () => {
    const handle = await start(worker, workflows.catchNoMore, []);
    await handle.signal('any');
    expect(await handle.query('any')).toBe('any');
    expect(await handle.executeUpdate(...update('any'))).toBe('any');
    await handle.signal('stop');
    await handle.signal('any more');
    const refused = (await rejectionOf(handle.executeUpdate(...update('any')))) as WorkflowUpdateFailedError;
    expect(refused.cause?.message).toBe('No registered handler for update: any');
    expect((await rejectionOf(handle.query('any'))).message).toContain('did not register a handler for any');
    await handle.signal('finish');
    expect(await handle.result()).toEqual(['any', 'finish']);
  });

  test.concurrent('are not for the names that Temporal keeps to itself', async () => {
    const handle = await start(worker, workflows.catchNoMore, []);
    // A query that comes with the first task is part of it, and would fail it.
    expect(await handle.query('any')).toBe('any');
    const error = await rejectionOf(handle.query('__temporal_mine'));
    expect(error.message).toBe("Cannot use query name: '__temporal_mine', with reserved prefix: '__temporal_'");
    await handle.signal('__temporal_mine');
    expect(await taskFailure(worker, handle)).toMatchObject({
      message: "Cannot use signal name: '__temporal_mine', with reserved prefix: '__temporal_'",
    });
    await handle.terminate();
  });
}
