import { expect, test } from 'bun:test';
import { cleanUpProjects, TemporaryProject } from '../support/temporary-project.ts';

cleanUpProjects();

test('modules come up in the order of their imports, whatever they are written in', async () => {
  const note = (name: string): string => `(globalThis.order ??= []).push('${name}');`;
  const result = await new TemporaryProject({
    'workflows.ts': `
      import './script.cjs'; import './es.mjs'; import 'package'; import type { T } from './types'; import { last } from './last';
      export async function main() { return [(globalThis as any).order, last]; }`,
    'script.cjs': `require('./inner.cjs'); ${note('script')}`,
    'inner.cjs': note('inner'),
    'es.mjs': `${note('es')} import './inner.mjs';`,
    'inner.mjs': note('inner es'),
    'node_modules/package/index.js': note('package'),
    'types.ts': `${note('types')} export type T = 1;`,
    'last.ts': `(globalThis as any).order.push('last'); export const last = 'last';`,
  }).run();
  expect(result).toEqual([['inner', 'script', 'inner es', 'es', 'package', 'last'], 'last']);
});

test('a module is evaluated when it is required, and once', async () => {
  const result = await new TemporaryProject({
    'workflows.ts': `
      const order: string[] = ((globalThis as any).order = []);
      export async function main() {
        order.push('before');
        const first = require('./lazy'), second = require('./lazy.ts');
        return [order, first === second, (await import('./lazy')).value === first.value];
      }`,
    'lazy.ts': `(globalThis as any).order.push('lazy'); export const value = {};`,
  }).run();
  expect(result).toEqual([['before', 'lazy'], true, true]);
});

test('modules that import each other see what is there already', async () => {
  const result = await new TemporaryProject({
    'workflows.ts': `
      import cycle from './a.cjs'; import { isEven, early } from './even';
      export async function main() { return [cycle.seenByB, cycle.late, isEven(10), isEven(7), early]; }`,
    'a.cjs': `exports.early = 1; exports.seenByB = require('./b.cjs').seen; exports.late = 2;`,
    'b.cjs': `const a = require('./a.cjs'); exports.seen = [a.early, a.late === undefined];`,
    'even.ts': `
      import { isOdd, early } from './odd';
      export const isEven = (n: number): boolean => n === 0 || isOdd(n - 1);
      export function hoisted() { return 'hoisted'; }
      export { early };`,
    'odd.ts': `
      import { isEven, hoisted } from './even';
      export const early = hoisted();
      export const isOdd = (n: number): boolean => n !== 0 && isEven(n - 1);`,
  }).run();
  expect(result).toEqual([[1, true], 2, true, false, 'hoisted']);
});

test('require.resolve gives an id of the module', async () => {
  const result = await new TemporaryProject({
    'workflows.ts': `
      const id = require.resolve('./other');
      export async function main() {
        return [typeof id, require.resolve('./other.ts') === id, require.resolve('pkg') === id];
      }`,
    'other.ts': `export const other = 1;`,
    'node_modules/pkg/index.js': `exports.a = 1;`,
  }).run();
  expect(result).toEqual(['string', true, false]);
});

test("webpack's mark is there for code that looks for it", async () => {
  const result = await new TemporaryProject({
    'workflows.ts': `
      const marked = '__webpack_module_cache__' in globalThis;
      export async function main() { return marked; }`,
  }).run();
  expect(result).toBe(true);
});

test('require() and import() of a name that is put together give what lies in the folder', async () => {
  const result = await new TemporaryProject({
    'node_modules/locales/index.js': `
      exports.load = function (name) { return require('./locale/' + name); };
      exports.template = function (name) { return require(\`./locale/\${name}.js\`); };`,
    'node_modules/locales/locale/de.js': `exports.hello = 'hallo';`,
    'node_modules/locales/locale/fr.js': `exports.hello = 'salut';`,
    'steps/first.ts': `export const step = 'first';`,
    'steps/second.ts': `export const step = 'second';`,
    'workflows.ts': `
      import { load, template } from 'locales';
      const step = async (name: string) => (await import('./steps/' + name)).step;
      export async function main() {
        let missing = '';
        try { load('none'); } catch (error: any) { missing = error.code; }
        return [load('de').hello, load('fr.js').hello, template('de').hello, await step('first'), await step('second.ts'), missing];
      }`,
  }).run();
  expect(result).toEqual(['hallo', 'salut', 'hallo', 'first', 'second', 'MODULE_NOT_FOUND']);
});

test('import.meta is an object in each of its forms', async () => {
  const project = new TemporaryProject({
    'workflows.ts': `
      export async function main() {
        const meta = import.meta as any;
        return [typeof import.meta, typeof import.meta?.env, typeof meta['env'], typeof meta.hot, meta.url, import.meta.url];
      }`,
  });
  const url = `file://${project.path('workflows.ts')}`;
  expect(await project.run()).toEqual(['object', 'undefined', 'undefined', 'undefined', url, url]);
});
