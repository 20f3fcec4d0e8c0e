import { describe, expect, test } from 'bun:test';
import type { BunPlugin, PluginBuilder } from 'bun';
import { cleanUpProjects, TemporaryProject } from '../../../tests/support/temporary-project.ts';

cleanUpProjects();

type Files = Record<string, string | object>;

function plugin(setup: BunPlugin['setup']): BunPlugin {
  return { name: 'mine', setup };
}

function run(files: Files, ...bunPlugins: BunPlugin[]): Promise<unknown> {
  return new TemporaryProject(files).run({ bunPlugins });
}

function importing(specifier: string): Files {
  return { 'workflows.ts': `import value from '${specifier}';\nexport async function main() { return value; }` };
}

describe('onLoad', () => {
  test.each<[string, Awaited<ReturnType<Parameters<PluginBuilder['onLoad']>[1]>>, unknown]>([
    ['TypeScript', { contents: 'enum A { B = 5 }\nexport default A.B;', loader: 'ts' }, 5],
    ['a script', { contents: 'module.exports = typeof exports;', loader: 'js' }, 'object'],
    ['bytes', { contents: new TextEncoder().encode('export default "bytes";'), loader: 'js' }, 'bytes'],
    ['text', { contents: 'a=1', loader: 'text' }, 'a=1'],
    ['JSON', { contents: '{"a":1}', loader: 'json' }, { a: 1 }],
    ['YAML', { contents: 'a: [1]', loader: 'yaml' }, { a: [1] }],
    ['an object', { exports: { default: { a: 1 } }, loader: 'object' }, { a: 1 }],
  ])('gives a file as %s', async (_name, result, value) => {
    const load = plugin((build) => void build.onLoad({ filter: /\.ini$/ }, () => result));
    expect(await run({ ...importing('./a.ini'), 'a.ini': 'a=1' }, load)).toEqual(value);
  });

  test('changes code, whose imports are bundled', async () => {
    const files = {
      ...importing('./part.ts'),
      'part.ts': 'SECRET',
      'other.ts': "export const other: string = 'other';",
    };
    const load = plugin(
      (build) =>
        void build.onLoad({ filter: /part\.ts$/ }, async ({ path, loader, namespace }) => ({
          contents: (await Bun.file(path).text()).replace(
            'SECRET',
            `import { other } from './other.ts'; export default other + '${loader} ${namespace}';`,
          ),
          loader,
        })),
    );
    expect(await run(files, load)).toBe('otherts file');
  });

  test('goes before rules of a webpack configuration', async () => {
    const load = plugin(
      (build) => void build.onLoad({ filter: /\.ini$/ }, () => ({ contents: 'plugin', loader: 'text' })),
    );
    const project = new TemporaryProject({ ...importing('./a.ini'), 'a.ini': 'rule' });
    const webpackConfigHook = (config: { module: { rules: object[] } }) => {
      config.module.rules.push({ test: /\.ini$/, type: 'asset/source' });
      return config;
    };
    expect(await project.run({ webpackConfigHook })).toBe('rule');
    expect(await project.run({ webpackConfigHook, bunPlugins: [load] })).toBe('plugin');
  });

  test('with a loader that workflows have no use for is an error that names both', async () => {
    const load = plugin((build) => void build.onLoad({ filter: /\.css$/ }, () => ({ contents: '', loader: 'css' })));
    const message = await new TemporaryProject({ ...importing('./a.css'), 'a.css': '' }).bundleError({
      bunPlugins: [load],
    });
    expect(message).toContain("bunPlugins: the plugin 'mine' asks for the loader 'css'");
  });
});

describe('onResolve', () => {
  test('leads an import to another file', async () => {
    const project = new TemporaryProject({ ...importing('config'), 'real.ts': "export default 'real';" });
    const resolve = plugin(
      (build) => void build.onResolve({ filter: /^config$/ }, () => ({ path: project.path('real.ts') })),
    );
    expect(await project.run({ bunPlugins: [resolve] })).toBe('real');
  });

  test('leads to a module that the plugin makes up, which imports packages and others of its kind', async () => {
    const files = {
      ...importing('made:one'),
      'node_modules/real/index.js': "exports.real = 'real';",
    };
    const seen: string[] = [];
    const make = plugin((build) => {
      build.onResolve({ filter: /^made:/ }, ({ path }) => ({ path: path.slice('made:'.length), namespace: 'made' }));
      build.onResolve({ filter: /^two$/, namespace: 'made' }, ({ path, importer, namespace, kind }) => {
        seen.push(importer, namespace, kind);
        return { path, namespace: 'made' };
      });
      build.onLoad({ filter: /^one$/, namespace: 'made' }, () => ({
        contents: "import { real } from 'real'; import { two } from 'two'; export default real + two;",
      }));
      build.onLoad({ filter: /^two$/, namespace: 'made' }, () => ({
        contents: "export const two: string = 'two';",
        loader: 'ts',
      }));
    });
    expect(await run(files, make)).toBe('realtwo');
    expect(seen.slice(0, 3)).toEqual(['one', 'made', 'import-statement']);
  });

  test('leaves a module out', async () => {
    const files = {
      'workflows.ts': `
        function attempt() { try { require('driver'); } catch (error) { return (error as any).code; } }
        export async function main() { return attempt(); }`,
    };
    const leave = plugin(
      (build) => void build.onResolve({ filter: /^driver$/ }, ({ path }) => ({ path, external: true })),
    );
    expect(await run(files, leave)).toBe('MODULE_NOT_FOUND');
  });

  test('with a path that is not absolute is an error that names the plugin', async () => {
    const resolve = plugin((build) => void build.onResolve({ filter: /^config$/ }, () => ({ path: './real.ts' })));
    const message = await new TemporaryProject(importing('config')).bundleError({ bunPlugins: [resolve] });
    expect(message).toContain("onResolve of the plugin 'mine' gave the path './real.ts', which is not absolute");
  });
});

test('module makes a module up', async () => {
  const make = plugin((build) => void build.module('made', () => ({ contents: 'export default 5;', loader: 'js' })));
  expect(await run(importing('made'), make)).toBe(5);
});

test('setup and onStart are waited for, and onEnd is no error', async () => {
  const order: string[] = [];
  const slow = plugin(async (build) => {
    await Promise.resolve();
    order.push('setup');
    build
      .onEnd(() => void order.push('end'))
      .onStart(async () => {
        await Promise.resolve();
        order.push('start');
      });
    build.onLoad({ filter: /workflows/ }, () => void order.push('load'));
  });
  expect(await run({ 'workflows.ts': 'export async function main() { return 1; }' }, slow)).toBe(1);
  expect(order).toEqual(['setup', 'start', 'load']);
});

test('onBeforeParse is refused, with what to use instead', async () => {
  const native = plugin((build) => void build.onBeforeParse({ filter: /x/ }, { napiModule: {}, symbol: 'x' }));
  const message = await new TemporaryProject(importing('made')).bundleError({ bunPlugins: [native] });
  expect(message).toContain(
    "bunPlugins: onBeforeParse of the plugin 'mine' is not supported, as it sees native code only: use onLoad",
  );
});
