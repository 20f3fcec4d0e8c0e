import { afterEach, beforeEach, expect, test } from 'bun:test';
import { join } from 'node:path';
import { IsolateDriver, signal } from '../../../tests/support/isolate-driver.ts';

const workflowsPath = join(import.meta.dir, '../../../tests/fixtures/spoiling-workflows.ts');
const CLEAN = ['Symbol.iterator', 'Symbol.unscopables'];

let driver: IsolateDriver;
beforeEach(async () => {
  driver = await IsolateDriver.open({ workflowsPath });
});
afterEach(() => driver.host.close());

test('a run that changes what runs share for good fails, and is told what to do', async () => {
  const { failure } = await driver.start('spoils');
  expect(failure?.message).toContain('Cannot change Array.prototype, which all workflow runs of a thread share');
  expect(failure?.message).toContain('reuseV8Context: false');
});

test('other runs go on: those in memory after they were evicted, new ones at once', async () => {
  const { runId } = await driver.start('bystander');
  for (const spoiledBefore of [0, 1]) {
    const spoiler = await driver.start('spoils');
    expect(spoiler.stranded).toEqual(spoiledBefore === 0 ? [runId, spoiler.runId] : [spoiler.runId]);
    await driver.evict(spoiler.runId);
  }
  const stranded = await driver.activate(runId, [signal('goOn')]);
  expect(stranded.failure?.message).toContain('The run is replayed in a new one');
  expect((await driver.evict(runId)).stranded).toBeUndefined();
  await driver.start('bystander', [], { runId });
  expect((await driver.activate(runId, [signal('goOn')])).result).toEqual(CLEAN);

  const fresh = await driver.start('bystander');
  expect((await driver.activate(fresh.runId, [signal('goOn')])).result).toEqual(CLEAN);
});

test('a run that spoils its realm when it is evicted strands the others, too', async () => {
  const { runId } = await driver.start('bystander');
  const spoiler = await driver.start('spoilsAtTheEnd');
  expect((await driver.evict(spoiler.runId)).stranded).toEqual([runId]);
});
