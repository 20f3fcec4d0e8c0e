import { describe, expect, test } from 'bun:test';
import type { WorkflowHandle } from '@temporalio/client';
import type { WorkerOptions } from '../src/worker/options/worker-options.ts';
import { WorkerRuntime } from '../src/worker/worker.ts';
import type { PatchActivationInput } from '../src/workflow/threads/patch-activation.ts';
import { useServer } from './support/test-server.ts';
import { withWorker } from './support/test-worker.ts';

const server = useServer();
const workflowsPath = `${import.meta.dir}/fixtures/patched-workflows.ts`;

/** Number of patch markers in the history. */
async function markersOf(handle: WorkflowHandle): Promise<number> {
  const { events } = await handle.fetchHistory();
  return events?.filter((event) => event.markerRecordedEventAttributes != null).length ?? 0;
}

describe.each([
  ['on a workflow thread', { debugMode: false }],
  ['on the main thread', { debugMode: true }],
])('patchActivationCallback, %s', (_where, where) => {
  const options = (patchActivationCallback: WorkerOptions['patchActivationCallback']) => ({
    ...where,
    workflowsPath,
    patchActivationCallback,
  });

  test.each([true, false])(
    'decides that the patch is active: %p',
    async (active) => {
      const asked: PatchActivationInput[] = [];
      const decide = (input: PatchActivationInput) => {
        asked.push(input);
        return active;
      };
      await withWorker(server, options(decide), async ({ client, taskQueue }) => {
        const handle = await client.workflow.start('withPatch', { taskQueue, workflowId: crypto.randomUUID() });
        expect(await handle.result()).toBe(active ? 'new and new' : 'old and old');
        expect(
          asked.map(({ patchId, workflowInfo }) => [patchId, workflowInfo.workflowId, workflowInfo.workflowType]),
        ).toEqual([['faster', handle.workflowId, 'withPatch']]);
        expect(await markersOf(handle)).toBe(active ? 1 : 0);
        // Without the callback: what the history has counts.
        await WorkerRuntime.runReplayHistory({ workflowsPath }, await handle.fetchHistory(), handle.workflowId);
      });
    },
    60_000,
  );

  test.each([
    ['it throws', 'cannot say', throwRangeError],
    ['it gives no boolean', 'must return a boolean, got string', () => 'yes'],
  ])(
    'fails the task while %s',
    async (_what, message, firstAnswer) => {
      let asked = 0;
      const decide = () => (asked++ === 0 ? (firstAnswer() as never) : true);
      await withWorker(server, options(decide), async ({ client, taskQueue }) => {
        const handle = await client.workflow.start('withPatch', { taskQueue, workflowId: crypto.randomUUID() });
        expect(await handle.result()).toBe('new and new');
        const { events } = await handle.fetchHistory();
        const failures = events?.flatMap((event) => event.workflowTaskFailedEventAttributes?.failure?.message ?? []);
        expect(failures).toEqual([expect.stringContaining(message)]);
      });
    },
    60_000,
  );
});

function throwRangeError(): never {
  throw new RangeError('cannot say');
}
