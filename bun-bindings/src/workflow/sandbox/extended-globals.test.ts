import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { alea } from '@temporalio/workflow/lib/alea';
import { uuid4FromRandom } from '@temporalio/workflow/lib/random-helpers';
import { deriveAleaSeed } from '@temporalio/workflow/lib/random-stream-seed';
import { base64Seen, clonesSeen, errorCodesSeen, eventsSeen } from '../../../tests/fixtures/extended-globals.ts';
import { type Answer, IsolateDriver, timerFired } from '../../../tests/support/isolate-driver.ts';
import { sdkVersion } from '../../sdk-version.ts';

const workflowsPath = join(import.meta.dir, '../../../tests/fixtures/extended-globals.ts');

const NAMES = {
  function:
    'Buffer ByteLengthQueuingStrategy CountQueuingStrategy CustomEvent DOMException Event EventTarget ReadableStream ' +
    'ReadableStreamBYOBReader ReadableStreamDefaultReader TransformStream WritableStream WritableStreamDefaultWriter ' +
    'atob btoa clearInterval queueMicrotask setInterval structuredClone',
  object: 'crypto performance process self',
};
const ALL = Object.values(NAMES).join(' ').split(' ');

/** Globals that a workflow must not have, or cannot have deterministically. */
const NONE = 'Bun fetch require navigator window location MessageChannel setImmediate XMLHttpRequest Worker'.split(' ');

/** The seed of the driver's runs. */
const SEED = 4711;

function seedBytes(): number[] {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(SEED));
  return [...new Uint8Array(view.buffer)];
}

describe.each([
  ['in a realm that runs share', { reuseV8Context: true }],
  ['in a realm of its own', { reuseV8Context: false }],
  ['where a debugger sees it', { reuseV8Context: true, inspectable: true }],
])('%s', (_name, options) => {
  let driver: IsolateDriver;
  let lastRun = 0;
  beforeAll(async () => {
    driver = await IsolateDriver.open({ workflowsPath }, options);
  });
  afterAll(() => driver.host.close());

  /** Runs a workflow that waits for timers, and once more from the start in a replay. */
  async function runTwice(workflow: string, args: unknown[] = [], lastSdkVersion = sdkVersion(true)): Promise<Answer> {
    const runId = `${workflow}-${++lastRun}`;
    const once = async (isReplaying: boolean): Promise<Answer> => {
      const at = { runId, timeMs: 2_000_000, isReplaying, ...(isReplaying && { lastSdkVersion }) };
      let answer = await driver.start(workflow, args, at);
      for (let seq = 1; seq < 10 && answer.result === undefined && answer.failure === undefined; seq++)
        answer = await driver.activate(runId, [timerFired(seq)], { ...at, timeMs: 2_000_000 + seq * 1000 });
      await driver.evict(runId);
      return answer;
    };
    const first = await once(false);
    const again = await once(true);
    expect(again).toEqual({ ...first, sinkCalls: again.sinkCalls });
    return first;
  }

  test.each(Object.entries(NAMES))('globals that are %s', async (type, names) => {
    const { result } = await driver.start('typesOf', [names.split(' ')]);
    expect(result).toEqual(names.split(' ').map(() => type));
    expect((await driver.start('namesHad', [names.split(' ')])).result).toEqual(names.split(' '));
  });

  test('globals that are not there', async () => {
    expect((await driver.start('namesHad', [NONE])).result).toEqual([]);
  });

  test('ids come from the seed, by a stream that leaves the others as they are', async () => {
    const { result } = await runTwice('ids');
    const [chance, id, uuid, bytes, chance2, id2, uuid2, words, chance3] = result as [
      number,
      string,
      string,
      number[],
      number,
      string,
      string,
      number[],
      number,
    ];
    expect((await runTwice('plainIds')).result).toEqual([chance, id, chance2, id2, chance3]);
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set([id, uuid, id2, uuid2]).size).toBe(4);
    expect([bytes, words].map((numbers) => numbers.length)).toEqual([4, 2]);
    // Histories depend on what is drawn from.
    const main = alea(seedBytes());
    expect([main(), uuid4FromRandom(main)]).toEqual([chance, id]);
    expect(uuid).toBe(uuid4FromRandom(alea(deriveAleaSeed(seedBytes(), 'temporal-bun-sdk/crypto'))));
  });

  test('bytes that the standard does not give are refused', async () => {
    expect((await driver.start('refusedRandom')).result).toEqual([
      ['TypeMismatchError', true],
      ['QuotaExceededError', true],
      ['TypeMismatchError', true],
    ]);
  });

  test("performance and process tell the run's time", async () => {
    // The workflow starts at 1,000 s, its tasks are at 2,000 s and one later.
    expect((await runTwice('clock')).result).toEqual([1e6, 1e6, 1_001_000, 1_001_000, [1001, 0], '1001000000000']);
  });

  test('setInterval is one durable timer after the other', async () => {
    const runId = 'intervals';
    const started = await driver.start('intervals', [], { runId });
    expect(started.commands.map((command) => command.startTimer?.seq)).toEqual([1, 2]);
    const next = await driver.activate(runId, [timerFired(1), timerFired(2)]);
    expect(next.commands.map((command) => command.startTimer?.seq)).toEqual([3]);
    const last = await driver.activate(runId, [timerFired(3)]);
    expect(last.result).toEqual(['first', 'second', 'first']);
    // The timer after the last callback is cancelled in the same task, so it never gets to the server.
    expect(last.commands.map(({ startTimer, cancelTimer }) => startTimer?.seq ?? cancelTimer?.seq)).toEqual([
      4,
      4,
      undefined,
    ]);
  });

  test('queueMicrotask and process.nextTick call back in their order', async () => {
    expect((await driver.start('microtasks')).result).toEqual(['now', 'microtask', 'tick']);
  });

  test('process tells nothing of the machine', async () => {
    expect((await driver.start('processOfRun')).result).toEqual({
      env: {},
      kind: '[object Object]',
      argv: [],
      cwd: '/',
      isSelf: true,
    });
  });

  // The host's clone has no causes of errors.
  const cloned = () => clonesSeen().with(8, ['TypeError', 'outer', true, 'inner', []]);

  test.each([
    ['events', eventsSeen],
    ['base64', base64Seen],
    ['errorCodes', errorCodesSeen],
    ['clones', cloned],
  ])('%s are what they are outside of workflows', async (workflow, outside) => {
    expect((await driver.start(workflow)).result).toEqual(JSON.parse(JSON.stringify(outside())));
  });

  test('what a run does to them it does to itself', async () => {
    for (let run = 0; run < 2; run++) {
      expect((await runTwice('spoils')).result).toBe('undefined,undefined,undefined -1 here');
    }
  });

  test('setTimeout without a delay calls back, but for a history of @temporalio/worker, where it never does', async () => {
    for (const at of [{}, { isReplaying: true, lastSdkVersion: sdkVersion(true) }]) {
      const { runId, commands } = await driver.start('waitsWithoutDelay', [], at);
      expect(commands.map(({ startTimer }) => startTimer?.startToFireTimeout?.nanos)).toEqual([1_000_000]);
      expect((await driver.activate(runId, [timerFired(1)])).result).toBe('called');
    }
    const ofNode = { isReplaying: true, lastSdkVersion: '1.24.0' };
    expect((await driver.start('waitsWithoutDelay', [], ofNode)).commands).toEqual([]);
  });

  describe('a replay', () => {
    test.each([
      ['of a history of @temporalio/worker', '1.24.0', []],
      ['of a history that does not tell', '', []],
      ['of a history of this package before it had them', '0.1.0', []],
      ['of a history of this package with them switched off', sdkVersion(false), []],
      ['of a history of this package', sdkVersion(true), ALL],
      ['of a history of a later version', '2.0.1+bun.12', ALL],
    ])('%s has what was there when it was recorded', async (_name, lastSdkVersion, names) => {
      const replay = { isReplaying: true, lastSdkVersion };
      expect((await driver.start('namesHad', [ALL], replay)).result).toEqual(names);
      const types = (await driver.start('typesOf', [ALL], replay)).result as string[];
      expect(types.filter((type) => type !== 'undefined')).toHaveLength(names.length);
    });

    test('goes the way that the history went, whichever runs are beside it', async () => {
      const replay = { isReplaying: true, lastSdkVersion: '1.24.0', runId: 'of-node' };
      const { commands } = await driver.start('fallsBack', [], replay);
      expect((await driver.start('fallsBack')).result).toBe('string');
      expect(commands.map((command) => command.startTimer?.seq)).toEqual([1]);
      expect((await driver.activate('of-node', [timerFired(1)])).result).toBe('by chance');
    });
  });

  test('a run that has them keeps them when the next task replays nothing', async () => {
    const runId = 'kept';
    await driver.start('clock', [], { runId, isReplaying: true, lastSdkVersion: sdkVersion(true), timeMs: 2_000_000 });
    const { result } = await driver.activate(runId, [timerFired(1)], { timeMs: 2_000_001 });
    expect((result as number[])[2]).toBe(1_000_001);
  });
});

test.each(['true', 'false'])('a callback that throws fails the task (runs share a realm: %s)', (reuseV8Context) => {
  // In a process of its own: the test runner keeps unhandled rejections to itself.
  const script = join(import.meta.dir, '../../../tests/fixtures/throwing-callbacks.ts');
  const { stdout, stderr } = Bun.spawnSync([process.execPath, script, reuseV8Context]);
  expect(stderr.toString()).toBe('');
  expect(JSON.parse(stdout.toString())).toEqual({
    throwingMicrotask: 'Unhandled Promise rejection: Error: in a microtask',
    throwingListener: 'Unhandled Promise rejection: Error: in a listener',
    throwingInterval: 'Unhandled Promise rejection: Error: in an interval',
  });
});

test('switched off, new runs have none, and replays what was recorded with them', async () => {
  const driver = await IsolateDriver.open({ workflowsPath }, { extendedGlobals: false });
  expect((await driver.start('namesHad', [ALL])).result).toEqual([]);
  const replay = { isReplaying: true, lastSdkVersion: sdkVersion(true) };
  expect((await driver.start('namesHad', [ALL], replay)).result).toEqual(ALL);
  driver.host.close();
});
