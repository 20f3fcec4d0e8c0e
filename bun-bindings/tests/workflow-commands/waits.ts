import { describe, expect, test } from 'bun:test';
import * as workflows from '../fixtures/commands/waits.ts';
import { attributesOf, start } from '../support/observe.ts';
import type { RunningWorker } from '../support/test-worker.ts';

export function waitTests(worker: RunningWorker): void {
  describe('a timer', () => {
    test('fires, unless it is cleared', async () => {
      const handle = await start(worker, workflows.timers, []);
      // The server may fire timers of about the same time in any order.
      expect((await handle.result()).sort()).toEqual(['0', '1 second', '1.5 s', 'setTimeout', 'with arguments']);
      const started = await attributesOf(handle, 'timerStartedEventAttributes');
      const times = started.map(
        ({ startToFireTimeout: time }) => Number(time?.seconds) * 1000 + Number(time?.nanos) / 1e6,
      );
      // One that is cleared in the task that set it never leaves the workflow.
      expect(times).toEqual([60_000, 20, 1500, 1000, 1]);
      const [cancelled, ...others] = await attributesOf(handle, 'timerCanceledEventAttributes');
      expect(cancelled?.timerId).toBe(started[0]?.timerId);
      expect(others).toEqual([]);
    });

    test('is cancelled with its scope', async () => {
      const handle = await start(worker, workflows.cancelledTimers, []);
      expect(await handle.result()).toEqual([true, true]);
      expect(await attributesOf(handle, 'timerStartedEventAttributes')).toHaveLength(2);
      expect(await attributesOf(handle, 'timerCanceledEventAttributes')).toHaveLength(1);
    });
  });

  describe('a condition', () => {
    test('may be true at once, become true in turn, and be cancelled', async () => {
      const handle = await start(worker, workflows.conditions, []);
      expect(await handle.result()).toEqual([[3, 1, 2], true, true, true]);
    });

    test('waits for ever', async () => {
      const handle = await start(worker, workflows.waitsFor, []);
      await handle.signal(workflows.goOn);
      expect(await handle.result()).toBeUndefined();
      expect(await attributesOf(handle, 'timerStartedEventAttributes')).toEqual([]);
    });

    test('is false when its time is over', async () => {
      const handle = await start(worker, workflows.waitsFor, [100]);
      expect(await handle.result()).toBe(false);
      expect(await attributesOf(handle, 'timerFiredEventAttributes')).toHaveLength(1);
    });

    test('is true in time, and cancels its timer', async () => {
      const handle = await start(worker, workflows.waitsFor, ['1 hour']);
      expect(await handle.query('__temporal_workflow_metadata')).toBeDefined();
      await handle.signal(workflows.goOn);
      expect(await handle.result()).toBe(true);
      expect(await attributesOf(handle, 'timerStartedEventAttributes')).toHaveLength(1);
      expect(await attributesOf(handle, 'timerCanceledEventAttributes')).toHaveLength(1);
    });
  });
}
