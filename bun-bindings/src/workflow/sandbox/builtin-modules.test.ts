import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { uses } from '../../../tests/fixtures/builtin-modules.ts';
import { IsolateDriver, timerFired } from '../../../tests/support/isolate-driver.ts';

const workflowsPath = join(import.meta.dir, '../../../tests/fixtures/builtin-modules.ts');

describe.each([
  ['in a realm that runs share', { reuseV8Context: true }],
  ['in a realm of its own', { reuseV8Context: false }],
])('built-in modules %s', (_name, options) => {
  let driver: IsolateDriver;
  beforeAll(async () => {
    driver = await IsolateDriver.open({ workflowsPath }, options);
  });
  afterAll(() => driver.host.close());

  test.each(Object.keys(uses))('%s does what it does outside of workflows', async (name) => {
    const { result, failure } = await driver.start('use', [name]);
    expect(failure?.message).toBeUndefined();
    const outside = await uses[name]?.();
    expect(result).toEqual(JSON.parse(JSON.stringify(outside)));
  });

  test('timers/promises wait for durable timers', async () => {
    const runId = `waits-${options.reuseV8Context}`;
    let answer = await driver.start('waits', [], { runId });
    const started: unknown[] = [];
    for (let seq = 1; seq <= 4; seq++) {
      started.push(...answer.commands.map(({ startTimer }) => startTimer?.seq));
      answer = await driver.activate(runId, [timerFired(seq)]);
    }
    expect(started).toEqual([1, 2, 3, 4]);
    expect(answer.result).toEqual(['waited', 'tick', 'tick', ['AbortError', 'ABORT_ERR']]);
  });

  test('are those of the run, and what it does to them is gone with it', async () => {
    for (let run = 0; run < 2; run++)
      expect((await driver.start('ownModules')).result).toEqual([10, false, true, true]);
  });

  test('have what @temporalio/worker gives them where it has recorded the history', async () => {
    const { result } = await driver.start('exportsOf', [], { isReplaying: true, lastSdkVersion: '1.24.0' });
    expect(result).toEqual([
      ['URL', 'URLSearchParams'],
      ['TextDecoder', 'TextEncoder'],
    ]);
    const [urls, utils] = (await driver.start('exportsOf')).result as string[][];
    expect(urls).toContain('parse');
    expect(utils).toContain('promisify');
  });
});
