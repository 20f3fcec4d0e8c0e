import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { ATTACKS, ATTACKS_ON_OWN, REFUSED } from '../../../tests/fixtures/realm-attacks.ts';
import { type Answer, IsolateDriver, signal } from '../../../tests/support/isolate-driver.ts';

const workflowsPath = join(import.meta.dir, '../../../tests/fixtures/realm-attacks.ts');

describe.each([
  ['a realm that runs share', true],
  ['a realm for each run', false],
])('in %s', (_, reuseV8Context) => {
  let driver: IsolateDriver;
  let before: { digest: unknown; survey: unknown };
  beforeAll(async () => {
    driver = await IsolateDriver.open({ workflowsPath }, { reuseV8Context, isolateExecutionTimeoutMs: 5_000 });
    before = { survey: await resultOf('survey'), digest: await resultOf('digest') };
  });
  afterAll(() => driver.host.close());

  async function resultOf(workflowType: string): Promise<unknown> {
    const { result, failure } = await driver.start(workflowType);
    expect(failure?.message).toBeUndefined();
    return result;
  }

  /** A run in a realm of its own may make its own answers unreadable. */
  async function unlessSpoiled(answer: Promise<Answer>): Promise<void> {
    if (reuseV8Context) await answer;
    else await answer.catch(() => {});
  }

  async function expectNothingLeft(): Promise<void> {
    // A survey is large, and only looked at to tell what is wrong.
    if ((await resultOf('digest')) !== before.digest) expect(await resultOf('survey')).toEqual(before.survey);
  }

  test('a survey sees much', () => {
    expect(Object.keys(before.survey as object).length).toBeGreaterThan(1_000);
  });

  test.each(Object.keys(ATTACKS))('nothing stays of an attack on %s', async (name) => {
    const runId = crypto.randomUUID();
    await unlessSpoiled(driver.start('attackTwice', [name], { runId }));
    await expectNothingLeft();
    await unlessSpoiled(driver.activate(runId, [signal('goOn')]));
    await driver.evict(runId);
    await expectNothingLeft();
  });
});

// Runs that a debugger sees share the language with the whole process, and nothing else.
test('nothing stays in a realm that a debugger sees of attacks on what is its own', async () => {
  const driver = await IsolateDriver.open({ workflowsPath }, { inspectable: true });
  const before = (await driver.start('survey')).result;
  for (const name of Object.keys(ATTACKS_ON_OWN)) {
    const { runId } = await driver.start('attackTwice', [name]).catch(() => ({ runId: undefined }));
    if (runId !== undefined) await driver.activate(runId, [signal('goOn')]).catch(() => {});
  }
  expect((await driver.start('survey')).result).toEqual(before);
  driver.host.close();
}, 60_000);

test('a realm that a debugger sees leaves the process what the sandbox takes from workflows', async () => {
  const kept = () => [
    Atomics.wait,
    Atomics.waitAsync,
    WebAssembly.compile,
    WebAssembly.instantiate,
    Math.random,
    Date.now,
  ];
  const before = kept();
  const driver = await IsolateDriver.open({ workflowsPath }, { inspectable: true });
  expect((await driver.start('attack', ['Math.random'])).result).toBe('done');
  driver.host.close();
  expect(kept()).toEqual(before);
  expect(Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1)).toBe('not-equal');
});

test.each(Object.keys(REFUSED))('%s cannot be closed for all runs, and the error says what to do', async (name) => {
  const driver = await IsolateDriver.open({ workflowsPath });
  const { result } = await driver.start('attack', [name]);
  expect(result).toContain(`${name}, which all workflow runs of a thread share`);
  expect(result).toContain('reuseV8Context: false');
  driver.host.close();
});
