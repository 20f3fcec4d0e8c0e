import { describe, expect, test } from 'bun:test';
import { cleanUpProjects, TemporaryProject } from '../../../tests/support/temporary-project.ts';

/** Code as it is written for webpack: what it gives there it gives here. */

cleanUpProjects();

type Files = Record<string, string | object>;

/** Returns the result of `main` in `workflows.ts`. */
async function run(files: Files): Promise<unknown> {
  return new TemporaryProject(files).run();
}

/** The warnings that bundling `workflows.ts` gives. */
async function warningsOf(files: Files): Promise<string[]> {
  const warnings: string[] = [];
  const ignore = () => undefined;
  const warn = (message: string) => {
    warnings.push(message);
  };
  const logger = { log: ignore, trace: ignore, debug: ignore, info: ignore, warn, error: ignore };
  await new TemporaryProject(files).bundle({ logger });
  return warnings;
}

function pkg(name: string, files: Files, manifest: object = {}): Files {
  const entries = Object.entries({ 'package.json': { name, main: 'index.js', ...manifest }, ...files });
  return Object.fromEntries(entries.map(([file, content]) => [`node_modules/${name}/${file}`, content]));
}

describe('names', () => {
  test('stay as they are written, whatever else is in the bundle', async () => {
    const result = await run({
      'workflows.ts': `
        import { sendEmail as activity } from './activities';
        import { sendEmail, OutOfStock, arrow } from './email';
        import * as shop from './shop';
        const Mine = class OutOfStock extends Error {};
        export async function main() {
          return [activity.name, sendEmail.name, OutOfStock.name, shop.OutOfStock.name, Mine.name, arrow.name];
        }`,
      'activities.ts': 'export async function sendEmail() {}',
      'email.ts':
        'export async function sendEmail() {}\nexport class OutOfStock extends Error {}\nexport const arrow = () => 1;',
      'shop.ts': 'export class OutOfStock extends Error {}\nconst arrow = () => 2; export { arrow as default };',
    });
    expect(result).toEqual(['sendEmail', 'sendEmail', 'OutOfStock', 'OutOfStock', 'OutOfStock', 'arrow']);
  });

  test('a default export without a name has the one that the language gives it', async () => {
    const result = await run({
      'workflows.ts': `
        import arrow from './arrow'; import Class from './class'; import fn from './fn'; import { named } from './named';
        export async function main() { return [arrow.name, Class.name, fn.name, named.name]; }`,
      'arrow.ts': 'export default () => 1;',
      'class.ts': 'export default class {}',
      'fn.ts': 'export default function () {}',
      'named.ts': 'const named_default = () => 1; export default named_default; export { named_default as named };',
    });
    expect(result).toEqual(['default', 'default', 'default', 'named_default']);
  });
});

describe('CommonJS', () => {
  test.each([
    ['arguments follow parameters', 'exports.value = (function (a) { arguments[0] = 5; return a; })(1);', 5],
    ['arguments.callee', 'exports.value = typeof (function () { return arguments.callee; })();', 'function'],
    ['this of a plain call', 'exports.value = (function () { return typeof this; }).call(1);', 'object'],
    ['this of the module', 'exports.value = this === exports;', true],
    ['an implicit global', 'implicit = 42; exports.value = implicit;', 42],
    ['duplicate parameters', 'exports.value = (function (a, a) { return a; })(1, 2);', 2],
    ['octal numbers', 'exports.value = 0755;', 493],
    ['with', 'with ({ a: 3 }) { exports.value = a; }', 3],
    ['a function in a block', 'if (true) { function inside() { return 1; } } exports.value = inside();', 1],
    ['eval declares', "eval('var declared = 7'); exports.value = declared;", 7],
    ['an HTML comment', 'exports.value = 1;\n<!-- old\n', 1],
    ['a write to something frozen', 'var o = Object.freeze({ a: 1 }); o.a = 2; exports.value = o.a;', 1],
    [
      'names of directives',
      'exports.value = typeof module.id + typeof __filename + typeof require.cache;',
      'stringstringobject',
    ],
    [
      'a module that asks for AMD',
      `(function (define) { define(function (require) { exports.value = require('./part').part; }); })(
        typeof define === 'function' && define.amd ? define : function (factory) { factory(require); });`,
      'part',
    ],
    [
      'UMD',
      `(function (root, factory) {
        if (typeof define === 'function' && define.amd) define([], factory);
        else if (typeof module === 'object' && module.exports) module.exports = factory();
        else root.lib = factory();
      })(this, function () { return { value: 'umd' }; });`,
      'umd',
    ],
    [
      'a name that is made up',
      "var name = 'part'; exports.value = require('./locale/' + name).hello + require('./locale/' + name + '.js').hello;",
      'hallohallo',
    ],
    ['require.resolve', "exports.value = require(require.resolve('./part')).part;", 'part'],
    [
      'an optional package',
      "try { require('not-installed'); } catch (error) { exports.value = error.code; }",
      'MODULE_NOT_FOUND',
    ],
    ['a cycle', "exports.early = 1; exports.value = require('./cycle').seen;", 1],
  ])('%s', async (_name, code, value) => {
    const result = await run({
      'workflows.ts': `import { value } from 'old';\nexport async function main() { return value; }`,
      ...pkg('old', {
        'index.js': code,
        'part.js': "exports.part = 'part';",
        'locale/part.js': "exports.hello = 'hallo';",
        'cycle.js': "exports.seen = require('./index').early;",
      }),
    });
    expect(result).toEqual(value);
  });
});

describe('modules meet', () => {
  test('a function of CommonJS can be called through its namespace', async () => {
    const result = await run({
      'workflows.ts': `
        import fn, { extra } from 'cjs-fn'; import * as namespace from 'cjs-fn';
        export async function main() { return [fn(1), extra, (namespace as any)(1), (namespace as any).default(2)]; }`,
      ...pkg('cjs-fn', { 'index.js': 'module.exports = (n) => n + 1; module.exports.extra = 5;' }),
    });
    expect(result).toEqual([2, 5, 2, 3]);
  });

  test.each([
    ['ts', undefined, 'default export'],
    ['ts', 'module', 'default export'],
    ['mjs', undefined, 'object'],
    ['js', 'module', 'object'],
    ['js', undefined, 'default export'],
  ])('the default export of a compiled package, in a .%s file of type %s', async (extension, type, expected) => {
    const result = await run({
      'package.json': type === undefined ? {} : { type },
      'workflows.ts': `export { main } from './importer.${extension}';`,
      [`importer.${extension}`]: `import value from 'compiled'; export async function main() { return typeof value === 'string' ? value : typeof value; }`,
      ...pkg('compiled', {
        'index.js':
          "Object.defineProperty(exports, '__esModule', { value: true }); exports.default = 'default export';",
      }),
    });
    expect(result).toBe(expected);
  });

  test('a namespace shows its exports and no more, is live, and cannot be written', async () => {
    const result = await run({
      'workflows.ts': `
        import { live, bump } from './live'; import * as namespace from './live'; import * as again from './again';
        function write() { try { const n: any = namespace; n.live = 9; return 'written'; } catch (error) { return (error as Error).name; } }
        export async function main() {
          const before = live;
          bump();
          return [before, live, namespace.live, again.inner.live, Object.keys(namespace).sort(), Object.keys(again).sort(), String(namespace), write()];
        }`,
      'live.ts': 'export let live = 1; export function bump() { live++; }',
      'again.ts': "export * as inner from './live'; export * from './live';",
    });
    const names = ['bump', 'live'];
    expect(result).toEqual([1, 2, 2, 2, names, ['bump', 'inner', 'live'], '[object Module]', 'TypeError']);
  });

  test('properties that a CommonJS module adds later are seen', async () => {
    const result = await run({
      'workflows.ts': `
        import { late, setLate } from 'later';
        export async function main() { const before = late; setLate('now'); return [before ?? null, late]; }`,
      ...pkg('later', { 'index.js': 'exports.setLate = (value) => { exports.late = value; };' }),
    });
    expect(result).toEqual([null, 'now']);
  });

  test('in the order of their imports, a CommonJS polyfill before the ES modules after it', async () => {
    const result = await run({
      'workflows.ts': `
        import 'polyfill'; import { seen } from './user.mjs';
        export async function main() { return seen; }`,
      'user.mjs': 'export const seen = globalThis.polyfilled ?? null;',
      ...pkg('polyfill', { 'index.js': "globalThis.polyfilled = 'yes';" }),
    });
    expect(result).toBe('yes');
  });

  test('`import` and `require` each find their own file of a package, and JSON its default export', async () => {
    const result = await run({
      'workflows.ts': `
        import { from } from 'dual'; import data, { k } from './data.json';
        export async function main() { return [from, require('dual').from, (await import('dual')).from, data, k]; }`,
      'data.json': { k: 1, default: 'd' },
      ...pkg(
        'dual',
        { 'a.mjs': "export const from = 'import';", 'b.cjs': "exports.from = 'require';" },
        {
          exports: { import: './a.mjs', require: './b.cjs' },
        },
      ),
    });
    expect(result).toEqual(['import', 'require', 'import', { k: 1, default: 'd' }, 1]);
  });

  test('a module without side effects is evaluated when one of its exports is used, and not before', async () => {
    const result = await run({
      'workflows.ts': `
        import { used } from 'barrel';
        export async function main() { const before = globalThis.evaluated ?? []; return [[...before], used, globalThis.evaluated]; }`,
      ...pkg(
        'barrel',
        {
          'index.js': "export * from './used.js'; export * from './unused.js';",
          'used.js': "(globalThis.evaluated ??= []).push('used'); export const used = 1;",
          'unused.js': "(globalThis.evaluated ??= []).push('unused'); export const unused = 2;",
        },
        { type: 'module', sideEffects: false },
      ),
    });
    expect(result).toEqual([[], 1, ['used']]);
  });

  const noted = (name: string, code: string) => `(globalThis.evaluated ??= []).push('${name}'); ${code}`;
  const spaces = (main: string): Files => ({
    'workflows.ts': `
      import * as all from 'spaces';
      import { one, list, call } from 'spaces';
      const evaluated = () => [...(globalThis.evaluated ?? [])];
      export async function main() { ${main} }`,
    ...pkg(
      'spaces',
      {
        'index.js': `
          import * as one from './one.js';
          import * as two from './two.js';
          import * as three from './three.js';
          export * as four from './four.js';
          export { one, two };
          export const list = () => [Object.keys(three), three.default, typeof three];
          export const call = () => two.read();`,
        'one.js': noted('one', "export const value = 1; export function self() { return 'self'; }"),
        'two.js': noted('two', "import * as one from './one.js'; export const read = () => one.value + 1;"),
        'three.js': noted('three', 'export const a = 1, b = 2; export default 3;'),
        'four.js': noted('four', "import * as all from './index.js'; export const keys = () => Object.keys(all.one);"),
      },
      { type: 'module', sideEffects: false },
    ),
  });

  test.each([
    ['none is evaluated for the others', 'return [one.value, evaluated()];', [1, ['one']]],
    ['one used within the package', 'return [call(), evaluated()];', [2, ['two', 'one']]],
    ['one used as an object', 'return [list(), evaluated()];', [[['a', 'b', 'default'], 3, 'object'], ['three']]],
    ['through a circle', 'return [all.four.keys(), evaluated()];', [['self', 'value'], ['four']]],
    [
      'it is always the same one',
      'return [all.one === one, one === all["one"], all.one.self()];',
      [true, true, 'self'],
    ],
    [
      'its names',
      'return [Object.keys(all), Object.keys(one), "value" in one, "none" in one];',
      [['call', 'four', 'list', 'one', 'two'], ['self', 'value'], true, false],
    ],
  ])('namespaces of modules without side effects: %s', async (_name, main, expected) => {
    const result = (await run(spaces(main))) as unknown[];
    const sorted = (value: unknown): unknown =>
      Array.isArray(value) && value.every((part) => typeof part === 'string') ? [...value].sort() : value;
    expect(result.map(sorted)).toEqual(expected.map(sorted));
  });
});

describe('TypeScript', () => {
  test('`./x.js` means x.ts where both are there', async () => {
    const result = await run({
      'workflows.ts': `import { from } from './x.js';\nexport async function main() { return from; }`,
      'x.ts': "export const from: string = 'ts';",
      'x.js': "exports.from = 'a compiled file that nobody has updated';",
    });
    expect(result).toBe('ts');
  });

  const fields = `
    class Parent { b = this.a; constructor(private a: number) {} }
    class Child extends Parent { c?: number; constructor() { super(5); } }
    export async function main() { return [new Parent(5).b ?? null, Object.hasOwn(new Child(), 'c')]; }`;

  test.each([
    ['no tsconfig', undefined, [5, false]],
    ['useDefineForClassFields: false', { useDefineForClassFields: false }, [5, false]],
    ['useDefineForClassFields', { target: 'ES2022', useDefineForClassFields: true }, [null, true]],
  ])('fields of classes: %s', async (_name, compilerOptions, expected) => {
    const files: Files = { 'workflows.ts': fields };
    if (compilerOptions !== undefined) files['tsconfig.json'] = { compilerOptions };
    expect(await run(files)).toEqual(expected);
  });

  test.each([
    ['a list', ['./base.json', './paths.json']],
    ['a package', 'settings/tsconfig.json'],
  ])('tsconfig `extends` %s', async (_name, bases) => {
    const paths = { '@lib/*': ['./lib/*'] };
    const result = await run({
      'tsconfig.json': { extends: bases, ...(Array.isArray(bases) ? {} : { compilerOptions: { paths } }) },
      'base.json': { compilerOptions: { experimentalDecorators: true } },
      'paths.json': { compilerOptions: { paths } },
      ...pkg('settings', { 'tsconfig.json': { compilerOptions: { experimentalDecorators: true } } }),
      'workflows.ts': `
        import { calc } from '@lib/calc';
        const keys: string[] = [];
        const note = (_target: object, key: string) => { keys.push(key); };
        class Order { @note name = 'x'; }
        export async function main() { new Order(); return [calc(1), keys]; }`,
      'lib/calc.ts': 'export const calc = (n: number) => n + 1;',
    });
    expect(result).toEqual([2, ['name']]);
  });

  test('import.meta, whole and in parts', async () => {
    const result = await run({
      'workflows.ts': `
        const meta: any = import.meta;
        export async function main() {
          return [typeof import.meta.url, meta.url === import.meta.url, typeof (import.meta as any)?.env, typeof meta['env'], meta.filename.endsWith('workflows.ts')];
        }`,
    });
    expect(result).toEqual(['string', true, 'undefined', 'undefined', true]);
  });
});

describe('a warning, and the bundle is made', () => {
  test('an export that is not there is undefined', async () => {
    const files = {
      'workflows.ts': `import { a, gone } from './m';\nexport async function main() { return [a, typeof gone]; }`,
      'm.ts': 'export const a = 1;',
    };
    expect(await run(files)).toEqual([1, 'undefined']);
    expect(await warningsOf(files)).toEqual([
      expect.stringMatching(/workflows\.ts:1 imports 'gone' from '\.\/m', which does not export it/),
    ]);
  });

  test('a module that may not be imported, beside one that is used', async () => {
    const files = {
      'workflows.ts': `import { pure } from './barrel';\nexport async function main() { return pure(1); }`,
      'barrel.ts': `export { pure } from './pure';\nexport * from './node-stuff';`,
      'pure.ts': 'export const pure = (n: number) => n + 1;',
      'node-stuff.ts': `import { readFileSync } from 'node:fs';\nexport const read = () => readFileSync('x');`,
    };
    expect(await run(files)).toBe(2);
    expect(await warningsOf(files)).toEqual([
      expect.stringMatching(/'node:fs' has no place.* node-stuff\.ts:1|node-stuff\.ts:1/),
    ]);
  });

  test('two modules that export the same name by `export *`: the first counts, and both are named', async () => {
    const files = {
      'workflows.ts': `export * from './a';\nexport * from './b';`,
      'a.ts': `export async function main() { return 'a'; }`,
      'b.ts': `export async function main() { return 'b'; }`,
    };
    expect(await run(files)).toBe('a');
    expect(await warningsOf(files)).toEqual([expect.stringMatching(/exports 'main' twice.*a\.ts.*b\.ts/)]);
  });

  test('an optional package that is not installed', async () => {
    const files = {
      'workflows.ts': `import { found } from './optional.cjs';\nexport async function main() { return found; }`,
      'optional.cjs': `let found = true;\ntry { require('not-installed'); } catch { found = false; }\nexports.found = found;`,
    };
    expect(await run(files)).toBe(false);
    expect(await warningsOf(files)).toEqual([
      expect.stringMatching(/Cannot find module 'not-installed'.*optional\.cjs:2/),
    ]);
  });
});

test('names of workflow types that objects have anyway are names like any other', async () => {
  const driver = await new TemporaryProject({
    'workflows.ts': `export default async function () { return 'default'; }\nexport async function toString() { return 'mine'; }`,
  }).open();
  for (const name of ['constructor', '__proto__', 'hasOwnProperty']) {
    expect((await driver.start(name)).result).toBe('default');
  }
  expect((await driver.start('toString')).result).toBe('mine');
});
