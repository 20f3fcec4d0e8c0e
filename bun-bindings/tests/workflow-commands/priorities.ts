import { expect, test } from 'bun:test';
import * as workflows from '../fixtures/commands/priorities.ts';
import { start } from '../support/observe.ts';
import type { RunningWorker } from '../support/test-worker.ts';

export function priorityTests(worker: RunningWorker): void {
  const priority = { priorityKey: 2, fairnessKey: 'fair', fairnessWeight: 3 };
  const urgent = { priorityKey: 1, fairnessKey: 'urgent', fairnessWeight: 3 };

  test('goes from a workflow to its activities, which may change it', async () => {
    const handle = await start(worker, workflows.priorities, [], { priority });
    expect(await handle.result()).toEqual({ own: priority, activity: priority, urgentActivity: urgent });
    expect((await handle.describe()).priority).toEqual(priority);
  });

  test('goes to children, which may change it', async () => {
    const handle = await start(worker, workflows.prioritiesOfChildren, [], { priority });
    const low = { ...priority, priorityKey: 5 };
    expect(await handle.result()).toEqual([
      { own: priority, activity: priority, urgentActivity: urgent },
      { own: low, activity: low, urgentActivity: urgent },
    ]);
  });
}
