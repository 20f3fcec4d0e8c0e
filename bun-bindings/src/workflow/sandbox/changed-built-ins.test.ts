import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { IsolateDriver, signal, timerFired } from '../../../tests/support/isolate-driver.ts';

const fixtures = join(import.meta.dir, '../../../tests/fixtures');

describe.each([
  ['a realm that runs share', true],
  ['a realm for each run', false],
])('in %s', (_, reuseV8Context) => {
  let driver: IsolateDriver;
  beforeAll(async () => {
    driver = await IsolateDriver.open({ workflowsPath: join(fixtures, 'changed-built-ins.ts') }, { reuseV8Context });
  });
  afterAll(() => driver.host.close());

  test.each([
    ['function', ['mine', 'b']],
    ['map', 'mine'],
    ['array', ['mine', 9]],
    ['iterator', 0],
    ['promise', 'mine'],
    ['date', 7],
    ['regular expression', false],
    ['error', ['N', 's', 'me']],
    ['generator of a compiler', 0],
    ['class of a compiler', [1]],
    ['typed array', 'mine'],
    ['scope', 'mine'],
    ['activator', true],
    ['trigger', 5],
    ['handle', 'not sent'],
    ['failure', ['text', 'x']],
    ['subclass of a global object', [true, false]],
  ])("a run's own %s may have what it would inherit", async (name, value) => {
    const { result, failure } = await driver.start('ownObject', [name]);
    expect(failure?.message).toBeUndefined();
    expect(result).toEqual(value);
  });

  test('what modules add to built-ins is there, also while results are converted', async () => {
    expect((await driver.start('price')).result).toEqual({ wei: '1000000000000000000' });
    expect((await driver.start('additions')).result).toEqual([3, '{"message":"x"}']);
  });

  test('globals that a run has replaced are its own, also after a pause', async () => {
    const runs = await Promise.all(['one', 'two'].map((runId) => driver.start('replaces', [], { runId })));
    for (const { runId, failure } of runs) {
      expect(failure?.message).toBeUndefined();
      const id = `workflow-of-${runId}`;
      const { result } = await driver.activate(runId, [signal('goOn')]);
      expect(result).toEqual([...Array(20).fill(id), false, 2, 'number']);
    }
  });
});

test('a method that runs share can be defined anew, as polyfills do it, and is back for other runs', async () => {
  const driver = await IsolateDriver.open({ workflowsPath: join(fixtures, 'changed-built-ins.ts') });
  const { result, failure } = await driver.start('redefines');
  expect(failure?.message).toBeUndefined();
  expect(result).toEqual(['mine', 'mine']);
  expect((await driver.start('parses')).result).toBe(true);
  driver.host.close();
});

test('all classes of the language take what a run adds, and other runs do not see it', async () => {
  const driver = await IsolateDriver.open({ workflowsPath: join(fixtures, 'changed-built-ins.ts') });
  const { runId, commands } = await driver.start('addsToClasses');
  expect((await driver.start('seesAddedToClasses')).result).toEqual([]);
  const { result } = await driver.activate(runId, [timerFired(commands[0]?.startTimer?.seq as number)]);
  expect(result).toEqual([]);
  driver.host.close();
});

test('what one bundle adds to built-ins another run of the realm does not see', async () => {
  const driver = await IsolateDriver.open({ workflowsPath: join(fixtures, 'patching-workflows.ts') });
  await driver.start('patches', ['one']);
  expect((await driver.start('sees')).result).toBe('undefined, [object Object], undefined');
  driver.host.close();
});
