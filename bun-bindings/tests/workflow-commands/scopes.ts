import { describe, expect, test } from 'bun:test';
import { CancelledFailure } from '@temporalio/common';
import * as workflows from '../fixtures/commands/scopes.ts';
import { attributesOf, failureOf, start } from '../support/observe.ts';
import type { RunningWorker } from '../support/test-worker.ts';

export function scopeTests(worker: RunningWorker): void {
  test('a scope is cancelled with what is inside, save what is shielded', async () => {
    const handle = await start(worker, workflows.nestedScopes, []);
    expect(await handle.result()).toEqual({
      log: ['middle', 'inner', 'shielded', 'outer goes on'],
      considered: [false, true, true],
    });
  });

  test('a failure inside does not cancel the scope by itself', async () => {
    const handle = await start(worker, workflows.cancelledByFailure, []);
    expect(await handle.result()).toEqual(['failed', 'cancelled']);
    expect(await attributesOf(handle, 'timerCanceledEventAttributes')).toHaveLength(1);
  });

  test('a scope with a timeout is cancelled by it, and takes its timer back when it is done', async () => {
    const handle = await start(worker, workflows.scopesWithTimeout, []);
    expect(await handle.result()).toEqual([true, 'in time']);
    expect(await attributesOf(handle, 'timerFiredEventAttributes')).toHaveLength(1);
    expect(await attributesOf(handle, 'timerCanceledEventAttributes')).toHaveLength(2);
  });

  test('what waits can be cancelled while the shielded goes on', async () => {
    const handle = await start(worker, workflows.shieldOutlivesWaiting, []);
    expect(await handle.result()).toEqual(['true', 'result']);
  });

  describe('when the client cancels the workflow', () => {
    test('it may clean up in a shield, and is cancelled then', async () => {
      const handle = await start(worker, workflows.cleansUpShielded, []);
      await handle.cancel();
      const failure = await failureOf(handle);
      expect(failure).toBeInstanceOf(CancelledFailure);
      expect((await handle.describe()).status.name).toBe('CANCELLED');
      expect(await attributesOf(handle, 'activityTaskScheduledEventAttributes')).toHaveLength(1);
      expect(await attributesOf(handle, 'activityTaskCompletedEventAttributes')).toHaveLength(1);
    });

    test('it may go on, and know of it', async () => {
      const handle = await start(worker, workflows.shieldsItself, []);
      expect(await handle.query(workflows.seesCancellation)).toBe(false);
      await handle.cancel();
      expect(await handle.query(workflows.seesCancellation)).toBe(true);
      await handle.signal(workflows.release);
      expect(await handle.result()).toBe('done, Workflow cancelled');
    });
  });
}
