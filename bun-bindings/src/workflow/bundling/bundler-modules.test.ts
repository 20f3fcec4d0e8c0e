import { describe, expect, test } from 'bun:test';
import { cleanUpProjects, TemporaryProject } from '../../../tests/support/temporary-project.ts';

cleanUpProjects();

/** Returns the result of workflow `main` in a project of these files. */
function run(
  files: Record<string, string | object>,
  ...options: Parameters<TemporaryProject['run']>
): Promise<unknown> {
  return new TemporaryProject(files).run(...options);
}

function pkg(name: string, files: Record<string, string | object>): Record<string, string | object> {
  return Object.fromEntries(Object.entries(files).map(([file, content]) => [`node_modules/${name}/${file}`, content]));
}

describe('files', () => {
  test('TypeScript and JavaScript, ES modules and CommonJS, JSON and text', async () => {
    const result = await run({
      'workflows.ts': `
        import { two } from './two.js';
        import three, { name } from './three.cjs';
        import { four } from './four.mjs';
        import data, { nested } from './data.json';
        import text from './text.txt';
        enum Five { value = 5 }
        namespace Six { export const value = 6 }
        export async function main(): Promise<unknown> {
          const seven = require('./seven.js');
          return [two, three.three, name, four, data.list, nested.deep, text, Five.value, Six.value, seven.seven];
        }`,
      'two.ts': `export const two: number = 2;`,
      'three.cjs': `exports.three = 3; exports.name = 'three';`,
      'four.mjs': `export const four = 4;`,
      'data.json': { list: [1, 2], nested: { deep: true } },
      'text.txt': 'some text',
      'seven.js': `import { four } from './four.mjs'; export const seven = four + 3;`,
    });
    expect(result).toEqual([2, 3, 'three', 4, [1, 2], true, 'some text', 5, 6, 7]);
  });

  test('a folder with an index file, in CommonJS', async () => {
    const project = new TemporaryProject({ 'lib/index.js': `exports.main = async () => 'from lib';` });
    expect(await project.run({ workflowsPath: project.path('lib') })).toBe('from lib');
  });

  test('modules that import each other', async () => {
    const result = await run({
      'workflows.ts': `
        import { even } from './even.ts';
        import { first } from './first.cjs';
        export async function main() { return [even(10), even(7), first()]; }`,
      'even.ts': `import { odd } from './odd.ts'; export const even = (n: number): boolean => n === 0 || odd(n - 1);`,
      'odd.ts': `import { even } from './even.ts'; export function odd(n: number): boolean { return n !== 0 && even(n - 1); }`,
      'first.cjs': `exports.name = 'first'; exports.first = () => other.second(); const other = require('./second.cjs');`,
      'second.cjs': `const first = require('./first.cjs'); exports.second = () => 'second of ' + first.name;`,
    });
    expect(result).toEqual([true, false, 'second of first']);
  });

  test('import() gives what was bundled, once for each run', async () => {
    const project = new TemporaryProject({
      'workflows.ts': `
        export async function main() {
          const [lazy, again, { uuid4 }] = await Promise.all([
            import('./lazy.ts'), import('./lazy.ts'), import('@temporalio/workflow'),
          ]);
          return [lazy.count(), again.count(), (await import('./data.json')).default.a, uuid4().length];
        }`,
      'lazy.ts': `let calls = 0; export const count = () => ++calls;`,
      'data.json': { a: 'A' },
    });
    const driver = await project.open();
    expect((await driver.start('main')).result).toEqual([1, 2, 'A', 36]);
    expect((await driver.start('main')).result).toEqual([1, 2, 'A', 36]);
  });

  test('import() and require() of a name that is made at run time fail the task and say why', async () => {
    const driver = await new TemporaryProject({
      'workflows.ts': `
        const name = () => './nowhere';
        export async function imports() { return import(name()); }
        export async function requires() { return require(name()); }`,
    }).open();
    expect((await driver.start('imports')).failure?.message).toBe(
      "Cannot find module './nowhere': a workflow can only load what was bundled with it",
    );
    expect((await driver.start('requires')).failure?.message).toBe(
      "Cannot find module './nowhere': a workflow can only load what was bundled with it",
    );
  });

  test('import.meta has the place of the source, and nothing of the host', async () => {
    const project = new TemporaryProject({
      'workflows.ts': `
        export async function main() {
          return [import.meta.url, import.meta.path, import.meta.env?.MODE ?? 'no mode', typeof import.meta.resolve];
        }`,
    });
    const path = project.path('workflows.ts');
    expect(await project.run()).toEqual([`file://${path}`, path, 'no mode', 'undefined']);
  });
});

test('exported functions are workflows; of all other types the default takes charge', async () => {
  const driver = await new TemporaryProject({
    'workflows.ts': `
      import { workflowInfo } from '@temporalio/workflow';
      export const notAFunction = 3;
      export const arrow = async () => 'arrow';
      export * from './real.ts';
      export default async function () { return 'default for ' + workflowInfo().workflowType; }`,
    'real.ts': `export async function real() { return 'real'; }`,
  }).open();
  const results = ['arrow', 'real', 'notAFunction', 'never heard of'].map((type) => driver.start(type));
  expect((await Promise.all(results)).map(({ result }) => result)).toEqual([
    'arrow',
    'real',
    'default for notAFunction',
    'default for never heard of',
  ]);
});

describe('packages', () => {
  const main = (expression: string): string =>
    `import * as all from 'thing'; import standard from 'thing'; export async function main() { return ${expression}; }`;

  test('that are ES modules', async () => {
    const result = await run({
      'workflows.ts': main('[standard, all.named]'),
      ...pkg('thing', {
        'package.json': { name: 'thing', type: 'module', exports: './main.js' },
        'main.js': `export default 'standard'; export const named = 'named';`,
      }),
    });
    expect(result).toEqual(['standard', 'named']);
  });

  test('that are CommonJS', async () => {
    const result = await run({
      'workflows.ts': main('[standard(), all.named]'),
      ...pkg('thing', {
        'package.json': { name: 'thing', main: 'main' },
        'main.js': `module.exports = function () { return 'called'; }; module.exports.named = 'named';`,
      }),
    });
    expect(result).toEqual(['called', 'named']);
  });

  test('that are for every module system there is', async () => {
    const result = await run({
      'workflows.ts': main('standard.named'),
      ...pkg('thing', {
        'index.js': `(function (root, make) {
          if (typeof define === 'function' && define.amd) define([], make);
          else if (typeof module === 'object' && module.exports) module.exports = make();
          else root.thing = make();
        })(typeof self !== 'undefined' ? self : this, function () { return { named: 'universal' }; });`,
      }),
    });
    expect(result).toBe('universal');
  });

  test('are taken in the variant that needs neither Node nor Bun', async () => {
    const variant = (name: string): string => `exports.variant = '${name}';`;
    const result = await run({
      'workflows.ts': `
        import { variant } from 'thing';
        import * as imported from 'thing/deep/a';
        export async function main() { return [variant, imported.variant, require('thing/deep/a').variant]; }`,
      ...pkg('thing', {
        'package.json': {
          name: 'thing',
          exports: {
            '.': { bun: './bun.js', node: './node.js', browser: './browser.js', default: './default.js' },
            './deep/*': { import: './esm-*.mjs', require: './cjs-*.cjs' },
          },
        },
        ...Object.fromEntries(['bun', 'node', 'browser', 'default'].map((name) => [`${name}.js`, variant(name)])),
        'esm-a.mjs': `export const variant = 'import';`,
        'cjs-a.cjs': variant('require'),
      }),
    });
    expect(result).toEqual(['browser', 'import', 'require']);
  });

  test('replace files and leave some out for browsers', async () => {
    const result = await run({
      'workflows.ts': main('[standard.io, standard.disk]'),
      ...pkg('thing', {
        'package.json': {
          name: 'thing',
          main: 'main.js',
          browser: { './io.js': './io-browser.js', './disk.js': false },
        },
        'main.js': `exports.io = require('./io.js'); exports.disk = Object.keys(require('./disk.js'));`,
        'io.js': `module.exports = require('fs');`,
        'io-browser.js': `module.exports = 'browser';`,
        'disk.js': `module.exports = { fs: require('fs') };`,
      }),
    });
    expect(result).toEqual(['browser', []]);
  });

  test('find the library by each of its names, and always the same', async () => {
    const result = await run({
      'workflows.ts': `
        import { ApplicationFailure } from '@temporalio/workflow';
        import * as common from '@temporalio/common';
        import { ApplicationFailure as deep } from '@temporalio/common/lib/failure.js';
        import { msToTs } from '@temporalio/common/lib/time';
        import { raise } from 'thing';
        export async function main() {
          try { raise(); } catch (error) {
            const same = common.ApplicationFailure === deep && deep === ApplicationFailure;
            return [error.constructor === ApplicationFailure, same, msToTs(1000).seconds.toNumber()];
          }
        }`,
      ...pkg('thing', {
        'index.js': `const { ApplicationFailure } = require('@temporalio/common');
          exports.raise = () => { throw ApplicationFailure.create({ message: 'raised' }); };`,
      }),
    });
    expect(result).toEqual([true, true, 1]);
  });

  test('of a workspace are found through their links, with settings of their own', async () => {
    const project = new TemporaryProject({
      'apps/worker/workflows.ts': `
        import { shared } from '@mono/shared';
        import { own } from '@/own';
        export async function main() { return [own, shared]; }`,
      'apps/worker/tsconfig.json': { compilerOptions: { paths: { '@/*': ['./src/*'] } } },
      'apps/worker/src/own.ts': `export const own: string = 'of the worker';`,
      'packages/shared/package.json': { name: '@mono/shared', main: 'src/index.ts' },
      'packages/shared/tsconfig.json': { compilerOptions: { baseUrl: '.', paths: { '@/*': ['src/*'] } } },
      'packages/shared/src/index.ts': `import { own } from '@/own'; export const shared: string = own;`,
      'packages/shared/src/own.ts': `export const own = 'of the shared package';`,
    });
    project.link('apps/worker/node_modules/@mono/shared', 'packages/shared');
    const workflowsPath = project.path('apps/worker/workflows.ts');
    expect(await project.run({ workflowsPath })).toEqual(['of the worker', 'of the shared package']);
    const { workflows } = await project.bundle({ workflowsPath });
    expect(JSON.parse(workflows.map).sources).toContain(project.path('packages/shared/src/index.ts'));
  });

  test('whose version of the library is another are warned of, each time', async () => {
    const files = {
      'workflows.ts': `import { uuid4 } from '@temporalio/workflow'; export async function main() { return uuid4().length; }`,
      ...pkg('@temporalio/workflow', { 'package.json': { name: '@temporalio/workflow', version: '1.9.0' } }),
    };
    const project = new TemporaryProject(files);
    const warnings: string[] = [];
    const ignore = (): void => {};
    const logger = {
      trace: ignore,
      debug: ignore,
      info: ignore,
      error: ignore,
      log: ignore,
      warn: (text: string) => warnings.push(text),
    };
    for (let start = 1; start <= 2; start++) {
      expect(await project.run({ logger })).toBe(36);
      expect(warnings).toHaveLength(start);
    }
    expect(warnings[0]).toMatch(/is installed with @temporalio\/workflow 1\.9\.0 .* but gets 1\.24\.0/);
  });
});

describe('tsconfig.json', () => {
  const workflows = {
    'workflows.ts': `
      import { named } from 'named';
      import { deep } from '~/deep';
      export async function main() { return [named, deep]; }`,
    'src/deep.ts': `export const deep = 'deep';`,
    'src/special.ts': `export const named = 'special';`,
  };

  test('its paths are followed', async () => {
    const paths = { named: ['./src/special.ts'], '~/*': ['./missing/*', './src/*'] };
    expect(await run({ ...workflows, 'tsconfig.json': { compilerOptions: { paths } } })).toEqual(['special', 'deep']);
  });

  test('those of a file that it extends too, and comments are no trouble', async () => {
    const result = await run({
      ...workflows,
      'tsconfig.json': `{ /* of the whole project */ "extends": "./base.json", }`,
      'base.json': { compilerOptions: { paths: { named: ['./src/special.ts'], '~/*': ['./src/*'] } } },
    });
    expect(result).toEqual(['special', 'deep']);
  });

  test('its baseUrl is looked in', async () => {
    const result = await run({
      ...workflows,
      'tsconfig.json': { compilerOptions: { baseUrl: './src', paths: { '~/*': ['*'] } } },
      'src/named.ts': `export const named = 'in the base';`,
    });
    expect(result).toEqual(['in the base', 'deep']);
  });

  test('decorators are compiled as it says', async () => {
    const result = await run({
      'tsconfig.json': { compilerOptions: { experimentalDecorators: true } },
      'workflows.ts': `
        function note(target: object, key: string) { Object.assign(target, { noted: key }); }
        class Thing { @note method() {} }
        export async function main() { return (Thing.prototype as unknown as { noted: string }).noted; }`,
    });
    expect(result).toBe('method');
  });
});

test('ignored modules are empty: built-in ones, packages and what is inside of them, files by their path', async () => {
  const result = await run(
    {
      'workflows.ts': `
        import * as fs from 'node:fs';
        import { deep } from 'thing/deep';
        import { connect } from './database.ts';
        export async function main() { return [typeof fs.readFileSync, typeof deep, typeof connect]; }`,
      'database.ts': `import net from 'node:net'; export const connect = net.connect;`,
      ...pkg('thing', { 'deep.js': `exports.deep = require('child_process');` }),
    },
    { ignoreModules: ['fs', 'thing', './database.ts'] },
  );
  expect(result).toEqual(['undefined', 'undefined', 'undefined']);
});
