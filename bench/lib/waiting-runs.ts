import type { WorkflowHandle } from '@temporalio/client';
import type * as workflows from '../work/workflows.ts';
import { inTurns } from './load.ts';
import type { TaskQueue } from './task-queue.ts';

export type Counter = WorkflowHandle<typeof workflows.counter>;

/** So many are started before the worker has to have caught up: queries wait for 10 s only. */
const AT_ONCE = 100;

/** Starts workflows that wait for a signal. Resolves when the worker has all of them. */
export async function startWaiting(queue: TaskQueue, count: number): Promise<void> {
  for (let started = 0; started < count; started += AT_ONCE) {
    const handles: Counter[] = [];
    await inTurns(Math.min(AT_ONCE, count - started), 50, async () => {
      handles.push((await queue.start('counter', [1])) as Counter);
    });
    // Tasks come in the order of the starts: when the last workflows answer, the others have begun to wait.
    await Promise.all(handles.slice(-50).map((handle) => handle.query<number>('total')));
  }
}
