import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { tsToMs } from '@temporalio/common/lib/time';
import { alea } from '@temporalio/workflow/lib/alea';
import { uuid4FromRandom } from '@temporalio/workflow/lib/random-helpers';
import { deriveAleaSeed } from '@temporalio/workflow/lib/random-stream-seed';
import * as workflows from '../fixtures/handlers/globals.ts';
import * as webGlobals from '../fixtures/handlers/web-globals.ts';
import { attributesOf, eventsOf, start } from '../support/observe.ts';
import { useServer } from '../support/test-server.ts';
import { useWorker } from '../support/use-worker.ts';

setDefaultTimeout(30_000);
const server = useServer();

/**
 * All that workflow code finds with `@temporalio/worker`, but for what would make it depend on the machine, and what it finds
 * here beyond that.
 */
const GLOBALS = {
  function:
    'AbortController AggregateError Array ArrayBuffer AsyncLocalStorage BigInt BigInt64Array BigUint64Array Boolean ' +
    'Buffer CustomEvent DOMException DataView Date Error EvalError Event EventTarget FinalizationRegistry Float32Array Float64Array Function Int16Array Int32Array ' +
    'Int8Array Map Number Object Promise Proxy RangeError ReadableStream ReferenceError RegExp Set SharedArrayBuffer String Symbol SyntaxError ' +
    'TextDecoder TextEncoder TypeError URIError URL URLSearchParams Uint16Array Uint32Array Uint8Array ' +
    'Uint8ClampedArray WeakMap WeakRef WeakSet assert atob btoa clearInterval clearTimeout decodeURI decodeURIComponent encodeURI ' +
    'encodeURIComponent escape eval isFinite isNaN parseFloat parseInt queueMicrotask setInterval setTimeout ' +
    'structuredClone unescape',
  object: 'Atomics Intl JSON Math Reflect WebAssembly console crypto globalThis performance process self',
  undefined: 'Bun MessageChannel fetch global require setImmediate',
};

/** With runs that stay in the cache, with runs that are replayed for every task, and where globals come from elsewhere. */
describe.each([
  ['with a cache', {}],
  ['without a cache', { maxCachedWorkflows: 0 }],
  ['with a context for each run', { reuseV8Context: false }],
  ['in debug mode', { debugMode: true }],
])('%s', (_name, cache) => {
  const workflowsPath = `${import.meta.dir}/../fixtures/handlers/globals.ts`;
  const worker = useWorker(server, { workflowsPath, ...cache });

  test.concurrent('URLs, texts, aborts and assertions are what they are outside of workflows', async () => {
    const inWorkflow = await (await start(worker, workflows.webGlobals, [])).result();
    const outside = {
      urls: webGlobals.urls(),
      searchParameters: webGlobals.searchParameters(),
      texts: webGlobals.texts(),
      aborts: webGlobals.aborts(),
      assertions: await webGlobals.assertions(),
    };
    // `assert` is a global of workflows only.
    Object.assign(outside.assertions as object, { ofGlobal: true });
    expect(inWorkflow).toEqual(JSON.parse(JSON.stringify(outside)));
  });

  test.concurrent('signals are aborted with the words of Node, which histories may hold, and by timers of the server', async () => {
    const handle = await start(worker, workflows.abortReasons, []);
    expect(await handle.result()).toEqual([
      { name: 'AbortError', message: 'This operation was aborted', code: 20 },
      { name: 'TimeoutError', message: 'The operation was aborted due to timeout', code: 23 },
    ]);
    expect(await attributesOf(handle, 'timerFiredEventAttributes')).toHaveLength(1);
  });

  test.concurrent.each(Object.entries(GLOBALS))('globals that are %s', async (type, names) => {
    const types: string[] = await (await start(worker, workflows.typesOf, [names.split(' ')])).result();
    const wrong = names.split(' ').filter((_, index) => types[index] !== type);
    expect(wrong).toEqual([]);
  });

  test.concurrent('chance comes from the seed of the run, and each stream of it from a seed of its own', async () => {
    const handle = await start(worker, workflows.chance, []);
    await handle.signal(workflows.goOn);
    const { seed, draws } = await handle.result();
    expect(await handle.query<unknown[]>('soFar')).toEqual(draws);

    const main = alea(seed);
    const mine = alea(deriveAleaSeed(seed, 'mine'));
    const other = alea(deriveAleaSeed(seed, 'other'));
    const bytes = alea(deriveAleaSeed(seed, 'bytes'));
    const expected: unknown[] = [];
    for (const _ of ['first', 'second']) {
      expected.push(main(), mine(), uuid4FromRandom(main), uuid4FromRandom(mine), main());
      expected.push(mine(), uuid4FromRandom(mine), main(), other());
      expected.push(Array.from({ length: 4 }, () => Math.floor(bytes() * 256)));
      expected.push(main(), mine());
    }
    expect(draws).toEqual(expected);
  });

  test.concurrent('two runs draw different numbers', async () => {
    const results = await Promise.all(
      [1, 2].map(async () => {
        const handle = await start(worker, workflows.chance, []);
        await handle.signal(workflows.goOn);
        return handle.result();
      }),
    );
    const drawn = results.flatMap(({ draws }) => draws.map((value: unknown) => JSON.stringify(value)));
    expect(new Set(drawn).size).toBe(drawn.length);
  });

  test.concurrent('the time is that of the workflow task, in each replay', async () => {
    const handle = await start(worker, workflows.times, []);
    const [first] = await handle.query<workflows.Look[]>('soFar');
    await handle.signal(workflows.goOn);
    const seen: workflows.Look[] = await handle.result();
    expect(await handle.query<workflows.Look[]>('soFar')).toEqual(seen);
    expect(seen[0]).toEqual(first);
    const started = (await eventsOf(handle))
      .filter((event) => event.workflowTaskStartedEventAttributes != null)
      .map((event) => tsToMs(event.eventTime));
    const nows = seen.map(({ now }) => now);
    for (const now of nows) expect(started).toContain(now);
    expect((nows[2] ?? 0) - (nows[1] ?? 0)).toBeGreaterThanOrEqual(1100);
    for (const { now, others, ...rest } of seen) {
      expect(others).toEqual([now, now, now, now]);
      expect(rest).toEqual({
        text: true,
        formatted: true,
        given: '1970-01-01T00:00:00.000Z',
        parsed: 1000,
        isDate: true,
      });
    }
  });

  test.concurrent('setTimeout is a timer of the server, and clearTimeout cancels it', async () => {
    const handle = await start(worker, workflows.plainTimers, []);
    expect(await handle.result()).toEqual(['number', ['with', 2, 'arguments']]);
    const timers = await attributesOf(handle, 'timerStartedEventAttributes');
    // Those that are cancelled in the task that starts them never get to the server.
    expect(timers.map(({ startToFireTimeout }) => tsToMs(startToFireTimeout))).toEqual([1, 1500]);
  });

  test.concurrent('AsyncLocalStorage follows whatever a workflow waits for', async () => {
    const handle = await start(worker, workflows.localStorage, []);
    expect(await handle.executeUpdate('ask')).toBe('nothing, update');
    await handle.signal(workflows.goOn);
    const followed = (name: string) => [name, name, name, 'nested', 'nothing', 'nothing', name];
    expect(await handle.result()).toEqual({
      outside: 'nothing',
      runs: [followed('a'), followed('b')],
      bound: 'a',
      thrown: [true, 'nothing'],
      entered: 'entered',
      disabled: 'nothing',
    });
  });

  test.concurrent('a Trigger is a promise that others settle', async () => {
    const handle = await start(worker, workflows.triggers, []);
    await handle.signal(workflows.goOn);
    expect(await handle.result()).toEqual(['by a signal', 11, 'refused', true, 'by a signal']);
  });

  test.concurrent('a default export runs the workflows of all other types', async () => {
    const handle = await start(worker, 'never heard of', [1, 'two'] as never);
    expect(await handle.result()).toEqual({ workflowType: 'never heard of', args: [1, 'two'] });
  });
});
