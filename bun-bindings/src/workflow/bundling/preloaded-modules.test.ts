import { expect, test } from 'bun:test';
import { timerFired } from '../../../tests/support/isolate-driver.ts';
import { cleanUpProjects, TemporaryProject } from '../../../tests/support/temporary-project.ts';

cleanUpProjects();

const files = {
  'package.json': { type: 'module' },
  'workflows.ts': `
    import standard, { tables, list, order, Counter, freezesFor } from './shared.js';
    import { which } from 'dual';
    import legacy from './legacy.cjs';
    import data from './data.json';
    export async function reads() {
      return [standard, tables.get('a'), list, data.a, which, legacy.name, (await import('./shared.js')).list === list];
    }
    export async function evaluated() { return order; }
    export async function pushes() { list.push(4); }
    export async function sets() { tables.set('b', 2); }
    export async function adds() { legacy.leak = 1; }
    export async function freezes() { freezesFor(tables); }
    export async function patches() { Counter.prototype.next = () => 0; }
    export async function counts() { const counter = new Counter(); counter.next(); return counter.next(); }`,
  'shared.js': `
    const { freeze } = Object;
    export const freezesFor = (object) => freeze(object);
    export default 'standard';
    export const tables = new Map([['a', 1]]);
    export const list = [1, 2, 3];
    export const order = [globalThis.__TEMPORAL_ACTIVATOR__ === undefined ? 'before any run' : 'in a run'];
    export class Counter { count = 0; next() { return ++this.count; } }`,
  'legacy.cjs': `exports.name = 'legacy';`,
  'data.json': { a: 'A' },
  'node_modules/dual/package.json': {
    name: 'dual',
    exports: { bun: './bun.js', browser: './browser.js', default: './default.js' },
  },
  'node_modules/dual/bun.js': `exports.which = 'bun';`,
  'node_modules/dual/browser.js': `exports.which = 'browser'; exports.early = globalThis.__TEMPORAL_ACTIVATOR__;`,
  'node_modules/dual/default.js': `exports.which = 'default';`,
};

async function open() {
  const project = new TemporaryProject(files);
  const preloadModules = [...['shared.js', 'legacy.cjs', 'data.json'].map((name) => project.path(name)), 'dual'];
  const bundle = await project.bundle({ preloadModules });
  return { bundle, driver: await project.open({ preloadModules }) };
}

test('preloaded modules are evaluated before all runs, however they are imported', async () => {
  const { bundle, driver } = await open();
  expect((await driver.start('reads')).result).toEqual(['standard', 1, [1, 2, 3], 'A', 'browser', 'legacy', true]);
  expect((await driver.start('evaluated')).result).toEqual(['before any run']);
  expect(bundle.workflows.code.split('before any run')).toHaveLength(2);
  expect(bundle.workflows.code.split('.early')).toHaveLength(2);
});

test('what they take of time and chance is that of the run, and the same in each realm while they are evaluated', async () => {
  const project = new TemporaryProject({
    'workflows.ts': `
      import { captured, early } from './captured.js';
      export async function main() { return [early, captured.random(), captured.random(), captured.now()]; }`,
    'captured.js': `
      export const captured = { random: Math.random, now: Date.now };
      export const early = [Math.random(), Date.now()];`,
  });
  const preloadModules = [project.path('captured.js')];
  const start = { runId: 'r', timeMs: 5_000 };
  const results = [];
  for (let realm = 0; realm < 2; realm++) {
    results.push((await (await project.open({ preloadModules })).start('main', [], start)).result);
  }
  expect(results[0]).toEqual(results[1]);
  expect(results[0]).toEqual([[expect.any(Number), 0], expect.any(Number), expect.any(Number), 5_000]);
});

test('what a run adds to one, and takes from it, is there in its next turns alone', async () => {
  const project = new TemporaryProject({
    'workflows.ts': `
      import { sleep } from '@temporalio/workflow';
      import { list, table, byName } from './shared.js';
      const look = () => JSON.stringify([list, table, [...byName]]);
      export async function reads() { return look(); }
      export async function changes() {
        const seen = [];
        for (const change of [
          () => { list.push(4); table.own = 1; byName.set('b', 2); },
          () => { list.push(5); list.shift(); globalThis.registry.push('mine'); },
          () => { list.length = 0; delete table.a; },
          () => { seen.push(globalThis.registry.length); },
        ]) {
          change();
          seen.push(look());
          await sleep(1);
        }
        return seen;
      }`,
    'shared.js': `
      export const list = [1, 2, 3];
      export const table = { a: 'A' };
      export const byName = new Map([['a', 1]]);
      globalThis.registry = [];`,
  });
  const driver = await project.open({ preloadModules: [project.path('shared.js')] });
  const untouched = JSON.stringify([[1, 2, 3], { a: 'A' }, [['a', 1]]]);
  await driver.start('changes', [], { runId: 'one' });
  let result: unknown;
  for (let seq = 1; seq <= 4; seq++) {
    expect((await driver.start('reads')).result).toBe(untouched);
    ({ result } = await driver.activate('one', [timerFired(seq)]));
  }
  const own = [
    ['a', 1],
    ['b', 2],
  ];
  expect(result).toEqual([
    JSON.stringify([[1, 2, 3, 4], { a: 'A', own: 1 }, own]),
    JSON.stringify([[2, 3, 4, 5], { a: 'A', own: 1 }, own]),
    JSON.stringify([[], { own: 1 }, own]),
    1,
    JSON.stringify([[], { own: 1 }, own]),
  ]);
  expect((await driver.start('reads')).result).toBe(untouched);
});

test('what a run does to a class of the language that one has kept is undone', async () => {
  const project = new TemporaryProject({
    'workflows.ts': `
      import { kept } from './keeps.js';
      export async function reads() {
        return JSON.stringify([kept.Map.own, typeof kept.Map.groupBy, new kept.Map([[1, 2]]).size, kept.Set.own]);
      }
      export async function assigns() { kept.Map.own = 1; kept.Map.groupBy = 1; kept.Map.prototype.get = 1; }
      export async function defines() { Object.defineProperty(kept.Set, 'own', { value: 1 }); }
      export async function inherits() { Object.setPrototypeOf(kept.Map, { own: 1 }); }
      export async function closes() { Object.freeze(kept.Set); }`,
    'keeps.js': 'export const kept = { Map, Set };',
  });
  const driver = await project.open({ preloadModules: [project.path('keeps.js')] });
  const untouched = (await driver.start('reads')).result;
  expect(untouched).toBe('[null,"function",1,null]');
  for (const attack of ['assigns', 'defines', 'inherits']) {
    expect((await driver.start(attack)).failure?.message).toBeUndefined();
    expect((await driver.start('reads')).result).toBe(untouched);
  }
  expect((await driver.start('closes')).failure?.message).toContain('reuseV8Context: false');
  expect((await driver.start('reads')).result).toBe(untouched);
});

test('the bytes of exported typed arrays and buffers are as well', async () => {
  const project = new TemporaryProject({
    'workflows.ts': `
      import { sleep } from '@temporalio/workflow';
      import { part, whole, buffer } from './shared.js';
      const look = () => JSON.stringify([[...part], [...whole], [...new Uint8Array(buffer)]]);
      export async function reads() { return look(); }
      export async function changes() {
        part[0] = 7;
        whole.fill(0.5, 0, 1);
        new Uint8Array(buffer).reverse();
        const before = look();
        await sleep(1);
        return [before, look()];
      }
      export async function movesAway() { return buffer.transfer().byteLength; }`,
    'shared.js': `
      export const part = new Uint16Array([1, 2, 3]).subarray(1);
      export const whole = new Float64Array([NaN, 1]);
      export const buffer = new Uint8Array([1, 2, 3]).buffer;`,
  });
  const driver = await project.open({ preloadModules: [project.path('shared.js')] });
  const untouched = JSON.stringify([
    [2, 3],
    [null, 1],
    [1, 2, 3],
  ]);
  const changed = JSON.stringify([
    [7, 3],
    [0.5, 1],
    [3, 2, 1],
  ]);
  await driver.start('changes', [], { runId: 'one' });
  expect((await driver.start('reads')).result).toBe(untouched);
  expect((await driver.activate('one', [timerFired(1)])).result).toEqual([changed, changed]);
  expect((await driver.start('reads')).result).toBe(untouched);

  const { failure } = await driver.start('movesAway');
  expect(failure?.message).toContain('reuseV8Context: false');
  expect((await driver.start('reads')).result).toBe(untouched);
});

test('when a run changes one, no other notices', async () => {
  const { driver } = await open();
  for (const attack of ['pushes', 'sets', 'adds', 'patches']) {
    await driver.start(attack);
    expect((await driver.start('reads')).result).toEqual(['standard', 1, [1, 2, 3], 'A', 'browser', 'legacy', true]);
    expect((await driver.start('counts')).result).toBe(2);
  }
});

test('a function of the language that a preloaded module has taken cannot close what runs share either', async () => {
  const { driver } = await open();
  const { failure } = await driver.start('freezes');
  expect(failure?.message).toMatch(/^Cannot freeze .*, which all workflow runs of a thread share. Set reuseV8Context/);
});
