import { expect, test } from 'bun:test';
import * as workflows from '../fixtures/commands/memos.ts';
import { start } from '../support/observe.ts';
import type { RunningWorker } from '../support/test-worker.ts';

export function memoTests(worker: RunningWorker): void {
  test('is seen as it was given', async () => {
    const memo = { text: 'x', list: [1, { two: 2 }], nothing: null };
    expect(await (await start(worker, workflows.seesMemo, [], { memo })).result()).toEqual(memo);
  });

  test('is added to, changed and removed from', async () => {
    const handle = await start(worker, workflows.remembers, [], { memo: { kept: true, changed: 1 } });
    await handle.signal(workflows.rememberSignal, { changed: 2, added: ['x'] });
    await handle.signal(workflows.rememberSignal, { added: null });
    await handle.signal(workflows.finishMemo);
    const last = { kept: true, changed: 2 };
    expect(await handle.result()).toEqual([{ kept: true, changed: 1 }, { ...last, added: ['x'] }, last]);
    expect((await handle.describe()).memo).toEqual(last);
  });

  test('is given to a child', async () => {
    expect(await (await start(worker, workflows.givesMemo, [])).result()).toEqual({ of: 'a child' });
  });
}
