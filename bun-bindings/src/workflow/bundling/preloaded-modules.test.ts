import { expect, test } from 'bun:test';
import { cleanUpProjects, TemporaryProject } from '../../../tests/support/temporary-project.ts';

cleanUpProjects();

const files = {
  'package.json': { type: 'module' },
  'workflows.ts': `
    import standard, { tables, list, order, Counter } from './shared.js';
    import { which } from 'dual';
    import legacy from './legacy.cjs';
    import data from './data.json';
    export async function reads() {
      return [standard, tables.get('a'), list, data.a, which, legacy.name, (await import('./shared.js')).list === list];
    }
    export async function evaluated() { return [order.length, typeof globalThis.__TEMPORAL_ACTIVATOR__]; }
    export async function pushes() { list.push(4); }
    export async function sets() { tables.set('b', 2); }
    export async function adds() { legacy.leak = 1; }
    export async function patches() { Counter.prototype.next = () => 0; }
    export async function counts() { const counter = new Counter(); counter.next(); return counter.next(); }`,
  'shared.js': `
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

test('preloaded modules are in the library bundle alone, however they are imported', async () => {
  const { bundle, driver } = await open();
  expect((await driver.start('reads')).result).toEqual(['standard', 1, [1, 2, 3], 'A', 'browser', 'legacy', true]);
  expect(bundle.library.code).toContain('before any run');
  expect(bundle.workflows.code).not.toContain('before any run');
  expect(bundle.library.code).toContain('.early');
  expect(bundle.workflows.code).not.toContain('.early');
});

test('when a run changes one, no other notices', async () => {
  const { driver } = await open();
  for (const attack of ['pushes', 'sets', 'adds', 'patches']) {
    await driver.start(attack);
    expect((await driver.start('reads')).result).toEqual(['standard', 1, [1, 2, 3], 'A', 'browser', 'legacy', true]);
    expect((await driver.start('counts')).result).toBe(2);
  }
});
