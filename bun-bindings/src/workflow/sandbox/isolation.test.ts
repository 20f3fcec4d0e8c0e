import { afterAll, beforeAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { IsolateDriver, signal, timerFired } from '../../../tests/support/isolate-driver.ts';

let driver: IsolateDriver;
beforeAll(async () => {
  driver = await IsolateDriver.open({
    workflowsPath: join(import.meta.dir, '../../../tests/fixtures/isolate-attacks.ts'),
  });
});
afterAll(() => driver.host.close());

async function run(workflowType: string, ...args: unknown[]): Promise<unknown> {
  const { result, failure, commands } = await driver.start(workflowType, args);
  expect(failure?.message).toBeUndefined();
  expect(commands[0]?.failWorkflowExecution).toBeFalsy();
  return result;
}

test('two runs that take turns see nothing of each other', async () => {
  const clean = {
    moduleVariable: 'untouched',
    freeName: 'undefined',
    evaluated: 'undefined',
    inReal: false,
    keys: [],
    lastMatch: '',
    errorName: 'TypeError',
  };
  const early = await driver.start('onlooker');
  const leaky = await driver.start('leaky');
  const late = await driver.start('onlooker');
  expect((await driver.activate(early.runId, [signal('go')])).result).toEqual({ before: clean, after: clean });
  const own = {
    moduleVariable: 'changed',
    property: 'sloppy',
    freeName: 'string',
    evaluated: 'string',
    throughReal: 'sloppy',
    inReal: true,
    keys: ['leak', 'other'],
    lastMatch: 'secret',
    errorName: 'TypeError',
  };
  expect((await driver.activate(leaky.runId, [signal('go')])).result).toEqual({
    before: own,
    after: { ...own, lastMatch: '' },
    other: 'real',
  });
  expect((await driver.activate(late.runId, [signal('go')])).result).toEqual({ before: clean, after: clean });
});

test('a changed name of an error class is undone', async () => {
  const renamed = await driver.start('errorRenamer');
  expect(renamed.result).toBe('Mine');
  expect((await run('ordinaryCode')) as object).toMatchObject({ typeError: 'TypeError: t' });
});

test('a run may have globals of its own', async () => {
  expect(await run('hisOwnGlobals')).toEqual(['defined', 'assigned', true, false, true]);
});

test('an assignment to an undeclared name is an error, as modules are strict', async () => {
  const { failure } = await driver.start('strictAssignment');
  expect(failure?.message).toContain('undeclared');
});

test('ordinary code may assign what prototypes also have', async () => {
  expect(await run('ordinaryCode')).toEqual({
    error: 'MyError: oh!',
    stack: 'MyError: oh!',
    typeError: 'TypeError: t',
    child: 'a child',
    keys: ['constructor', 'toString', 'valueOf', 'hasOwnProperty'],
    isOwn: true,
    stackIsArray: true,
  });
});

test('nothing that reaches out of the isolate is there', async () => {
  const found = (await run('outside')) as Record<string, string>;
  expect(Object.entries(found).filter(([, type]) => type !== 'undefined')).toEqual([]);
});

test('memory and code that other threads could share work within a run, and what waits for threads says why not', async () => {
  const refused = ['Atomics.wait', 'Atomics.waitAsync', 'WebAssembly.compile', 'WebAssembly.instantiate'];
  expect(await run('sharedMemory')).toEqual([
    ...[0, 2, 7, 'undefined'],
    ...refused.map((name) => `${name} cannot be used in Workflows`),
  ]);
});

test('what an expression has matched last is known in the same turn alone', async () => {
  const [one, two] = [await driver.start('lastMatches'), await driver.start('lastMatches')];
  for (const { runId } of [two, one]) {
    const { result } = await driver.activate(runId, [timerFired(1)]);
    expect(result).toEqual([['', ''], 'smith john', '', '', false]);
  }
});

test('what depends on the garbage collector says why it is not there', async () => {
  expect(await run('garbage')).toEqual(['DeterminismViolationError', 'DeterminismViolationError']);
});

test("no object leads to the thread's own globals", async () => {
  const climbed = (await run('climber', new Uint8Array([1]))) as Record<string, string>;
  expect(Object.keys(climbed).length).toBeGreaterThan(30);
  expect(Object.entries(climbed).filter(([, type]) => type !== 'undefined')).toEqual([]);
});

test("printing hands none of the thread's functions to a workflow", async () => {
  expect(await run('printer')).toBe('not called');
});

test('AsyncLocalStorage keeps the stores of runs apart, also after a run was cut short', async () => {
  const first = await driver.start('storing', ['first']);
  const second = await driver.start('storing', ['second']);
  expect((await driver.start('loopInStorage')).failure?.message).toContain('timed out');
  expect((await driver.activate(first.runId, [timerFired(1)])).result).toEqual({ after: 'first' });
  expect((await driver.activate(second.runId, [timerFired(1)])).result).toEqual({ after: 'second' });
});
