import { expect, test } from 'bun:test';
import { cleanUpProjects, TemporaryProject } from '../../../tests/support/temporary-project.ts';

cleanUpProjects();

const files = {
  // What Node would take for ESM has another idea of a default export.
  'package.json': { type: 'module' },
  'workflows.ts': `
    import * as first from './es.js';
    import standard from './es.js';
    import * as again from './again.js';
    import { legacy } from './legacy.cjs';
    export async function links() {
      const { count, increment } = first;
      increment();
      return {
        standard, keys: Object.keys(first), again: [Object.keys(again), again.count, again.own],
        live: [count, first.count], legacy: [legacy.default, legacy.count, legacy.__esModule],
        dynamic: (await import('./es.js')).default,
      };
    }
    export async function identities() { return [first === (await import('./es.js')), first.list === again.list]; }
    export async function assigns() { [first as any][0].count = 9; }
    export async function adds() { [first as any][0].leak = 1; }
    export async function leaked() { return 'leak' in first; }`,
  'es.js': `
    export default 'standard';
    export const list = [1];
    export let count = 0;
    export function increment() { count++; }`,
  'again.js': `export * from './es.js'; export const own = 'own';`,
  'legacy.cjs': `exports.legacy = require('./es.js');`,
};

/** The names that Bun gives the functions which link modules, when it writes them into a bundle. */
const BUNS_LINKS = /var __(export|reExport|toCommonJS) = \(/;

const expected = {
  standard: 'standard',
  keys: ['count', 'default', 'increment', 'list'],
  again: [['count', 'increment', 'list', 'own'], 0, 'own'],
  dynamic: 'standard',
};

async function linksOf(preload: string[]) {
  const project = new TemporaryProject(files);
  const preloadModules = preload.map((name) => project.path(name));
  const driver = await project.open({ preloadModules });
  const result = (await driver.start('links')).result as Record<string, unknown>;
  const [keys, ...values] = result.again as [string[], ...unknown[]];
  return {
    driver,
    code: (await project.bundle({ preloadModules })).workflows.code,
    result: { ...result, keys: (result.keys as string[]).sort(), again: [keys.sort(), ...values] } as object,
  };
}

test('modules of a run are linked as ES modules are, anew for each run', async () => {
  const { driver, code, result } = await linksOf([]);
  expect(code).not.toMatch(BUNS_LINKS);
  expect(result).toEqual({
    ...expected,
    again: [expected.again[0], 1, 'own'],
    live: [0, 1],
    legacy: ['standard', 1, true],
  });
  expect((await driver.start('identities')).result).toEqual([true, true]);
  expect((await driver.start('assigns')).failure?.message).toMatch(/readonly|read-only|setter/i);
  await driver.start('adds');
  expect((await driver.start('leaked')).result).toBe(false);
});

test('so are modules that all runs share, whose namespaces no run can change', async () => {
  const { driver, code, result } = await linksOf(['es.js']);
  expect(code).not.toMatch(BUNS_LINKS);
  // What is counted after all modules are loaded stays inside of the shared module.
  expect(result).toEqual({ ...expected, live: [0, 0], legacy: ['standard', 0, true] });
  expect((await driver.start('identities')).result).toEqual([true, true]);
  expect((await driver.start('assigns')).failure?.message).toMatch(/readonly|read-only|setter/i);
  expect((await driver.start('adds')).failure?.message).toMatch(/not extensible|non-extensible|read-only|readonly/i);
  expect((await driver.start('leaked')).result).toBe(false);
});
