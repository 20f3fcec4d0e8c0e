import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { LOOP_NAMES } from '../../../tests/fixtures/isolate-intruders.ts';
import { IsolateDriver, query, signal, timerFired, update } from '../../../tests/support/isolate-driver.ts';

const fixtures = join(import.meta.dir, '../../../tests/fixtures');
let driver: IsolateDriver;
beforeAll(async () => {
  const workflowsPath = join(fixtures, 'isolate-intruders.ts');
  // The catastrophic pattern takes longer than this on any machine, and ends all the same.
  driver = await IsolateDriver.open({ workflowsPath }, { isolateExecutionTimeoutMs: 500 });
});
afterAll(() => driver.host.close());

test('library modules that lie deep cannot be changed for other runs either', async () => {
  const outcomes = (await driver.start('librarian')).result as Record<string, string>;
  expect(outcomes).toEqual({
    'sleep of timeouts': 'TypeError',
    'prototype of the activator': 'TypeError',
    'static of the activator': 'TypeError',
    flags: 'TypeError',
    'one flag': 'done',
    module: 'done',
  });
  expect(await driver.start('librarian')).toMatchObject({ result: outcomes });
  const { commands } = await driver.start('timeLimited');
  expect(commands.map(({ startTimer }) => startTimer?.startToFireTimeout?.seconds?.toNumber())).toEqual([3600, 60]);
});

test('memory that a run takes away is missed by nobody', async () => {
  const thief = await driver.start('bufferThief', [new Uint8Array([1, 2, 3])]);
  expect(thief.failure).toBeUndefined();
  const other = await driver.start('bystander');
  expect((await driver.activate(thief.runId, [timerFired(1)])).result).toBeGreaterThan(1);
  expect((await driver.activate(other.runId, [timerFired(1)])).result).toBe('well');
});

test('what a run has left in queues is done before another goes on, and for that run', async () => {
  const clean = [null, 'undefinedundefined'];
  const tracker = await driver.start('tracker');
  await driver.start('litterer');
  const late = await driver.start('tracker');
  for (const { runId } of [tracker, late]) {
    expect((await driver.activate(runId, [timerFired(1)])).result).toEqual([clean, clean]);
  }
});

describe('a loop that never ends fails its task, and the thread goes on:', () => {
  /** A task has failed for lack of time, and another run works. */
  async function expectTimeout(failure: { message?: string | null } | undefined): Promise<void> {
    expect(failure?.message).toContain('timed out');
    const other = await driver.start('bystander');
    expect((await driver.activate(other.runId, [timerFired(1)])).result).toBe('well');
  }

  test.each(LOOP_NAMES)('in %s', async (where) => {
    await expectTimeout((await driver.start('looper', [where])).failure);
  });

  test.each(['loop', 'throw'])('in the disposal of a run: %s', async (how) => {
    const { runId, failure } = await driver.start('staying', [how]);
    expect(failure).toBeUndefined();
    expect((await driver.evict(runId)).failure).toBeUndefined();
    expect((await driver.start('bystander', [], { runId })).failure).toBeUndefined();
  });

  test.each([
    ['a query handler', query('askForever')],
    ['a signal handler', signal('tellForever')],
    ['the validator of an update', update('changeForever', 'update')],
  ])('in %s', async (_where, job) => {
    const { runId } = await driver.start('loopingHandlers');
    await expectTimeout((await driver.activate(runId, [job])).failure);
  });
});
