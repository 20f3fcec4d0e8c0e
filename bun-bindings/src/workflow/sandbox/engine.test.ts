import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import recorded from '../../../tests/engine/recorded.json';
import { IsolateDriver } from '../../../tests/support/isolate-driver.ts';

const workflowsPath = join(import.meta.dir, '../../../tests/fixtures/engine-workflows.ts');

setDefaultTimeout(30_000);

/** Makes a run behave as if its history was recorded before this package followed V8. */
const BEFORE = { isReplaying: true, lastSdkVersion: '0.1.0' };

describe.each([
  ['in a realm that runs share', { reuseV8Context: true }],
  ['in a realm of its own', { reuseV8Context: false }],
])('workflow code %s', (_name, options) => {
  let driver: IsolateDriver;
  beforeAll(async () => {
    driver = await IsolateDriver.open({ workflowsPath }, { isolateExecutionTimeoutMs: 20_000, ...options });
  });
  afterAll(() => driver.host.close());

  const sorted = async (how: object, lists = recorded.lists, at = {}) =>
    (await driver.start('sorted', [0, lists, how], at)).result;

  test('sorts by inconsistent comparators as V8 does, comparison by comparison', async () => {
    expect(await sorted({})).toEqual(recorded.sorted);
    expect(await sorted({ isCopied: true }, 400)).toEqual(recorded.copied);
  });

  test('sorts typed arrays by such comparators as V8 does', async () => {
    expect(await sorted({ isTyped: true })).toEqual(recorded.sortedTyped);
    expect(await sorted({ isTyped: true, isCopied: true }, 400)).toEqual(recorded.copiedTyped);
  });

  test('sorts as the engine does where a history was recorded so', async () => {
    const { sortDigests } = await import('../../../tests/engine/sorting.mjs');
    // Shorter lists are compared in another order once the engine has compiled the call.
    const how = { least: 32 };
    expect(await sorted(how, 200, BEFORE)).toEqual(sortDigests(0, 200, how));
    expect(await sorted(how, 200)).not.toEqual(sortDigests(0, 200, how));
    const nodes = { isReplaying: true, lastSdkVersion: '1.24.0' };
    expect(await sorted({}, 200, nodes)).toEqual(recorded.sorted.slice(0, 20));
  });

  test('calls the listeners of a signal in the order in which they were set', async () => {
    expect((await driver.start('listeners')).result).toEqual(['before', 'onabort', 'after']);
    expect((await driver.start('listeners', [], BEFORE)).result).toEqual(['onabort', 'before', 'after']);
  });

  test('starts timers in the order that V8 sorts by booleans in', async () => {
    const { commands } = await driver.start('timersInOrder');
    const seconds = commands.flatMap(({ startTimer }) => startTimer?.startToFireTimeout?.seconds?.toNumber() ?? []);
    expect(seconds).toEqual([3, 1, 2]);
  });

  test('sorts what is not plain as the language says', async () => {
    const type = 'TypeError: The comparison function must be either a function or undefined';
    expect((await driver.start('sortEdges')).result).toEqual([
      [[1, 2, 3, null, null], ['0', '1', '2', '3'], 5],
      [3, 2, 1, null, null],
      type,
      type,
      'TypeError: Array.prototype.sort called on null or undefined',
      expect.stringMatching(/^TypeError: /),
      'Error: not now',
      [3, 1, 2],
      { length: 3, 0: 'a', 1: 'b' },
      [1, 2],
      ['sort', 1, false],
      [1, 10, 9],
      '1,9,10',
    ]);
  });

  test('goes on after as many turns of the microtask queue as on the engine of Node', async () => {
    expect((await driver.start('turns')).result).toEqual(recorded.turns);
  });

  test('finds what is said of the differences between engines to be so', async () => {
    const code = `import { different, same, valuesOf } from '${join(workflowsPath, '../../engine/differences.mjs')}';
      console.log(JSON.stringify({ same: valuesOf(same), different: valuesOf(different) }));`;
    const node = Bun.spawnSync(['node', '--input-type=module', '--eval', code], { env: { ...process.env, TZ: 'UTC' } });
    expect(node.stderr.toString()).toBe('');
    type Values = Record<'same' | 'different', Record<string, string>>;
    const theirs = JSON.parse(node.stdout.toString()) as Values;
    const ours = (await driver.start('differences')).result as Values;
    expect(ours.same).toEqual(theirs.same);
    const page = await Bun.file(join(workflowsPath, '../../../../docs/workflow-runtime.md')).text();
    for (const [name, value] of Object.entries(ours.different)) {
      expect([name, value === theirs.different[name]]).toEqual([name, false]);
      expect(page).toContain(`| ${name}`);
    }
  });

  test('learns from Promise.any what has failed', async () => {
    const all = 'All promises were rejected';
    const shown = (errors: unknown[]) => ['AggregateError', all, `AggregateError: ${all}`, errors, [], false, true];
    expect((await driver.start('anyRejects')).result).toEqual([
      shown([1, 2]),
      shown([]),
      shown([3]),
      4,
      true,
      'TypeError',
    ]);
    const { commands } = await driver.start('anyFails');
    expect(commands).toEqual([]);
  });
});
