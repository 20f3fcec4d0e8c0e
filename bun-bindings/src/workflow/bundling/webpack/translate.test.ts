import { describe, expect, spyOn, test } from 'bun:test';
import { cleanUpProjects, TemporaryProject } from '../../../../tests/support/temporary-project.ts';
import type { BundleOptions } from '../bundler.ts';

/** Hooks as people write them: what they give with webpack they give here. */

cleanUpProjects();

type Files = Record<string, string | object>;
// biome-ignore lint/suspicious/noExplicitAny: a webpack configuration, whose types are not here.
type Configuration = any;
type Hook = (config: Configuration, project: TemporaryProject) => Configuration;

/** Returns the result of the workflow `main`, bundled with a hook. */
function run(files: Files, hook: Hook, options: Partial<BundleOptions> = {}): Promise<unknown> {
  const project = new TemporaryProject(files);
  return project.run({ webpackConfigHook: (config) => hook(config, project), ...options });
}

/** Returns the result of the workflow `main`, which imports `value`, with a `resolve` that the hook sets. */
function resolved(specifier: string, files: Files, resolve: (project: TemporaryProject) => object): Promise<unknown> {
  return run(
    { 'workflows.ts': `import value from '${specifier}';\nexport async function main() { return value; }`, ...files },
    (config, project) => ({ ...config, resolve: { ...config.resolve, ...resolve(project) } }),
  );
}

function returning(expression: string, imports = ''): Files {
  return { 'workflows.ts': `${imports}\nexport async function main() { return ${expression}; }` };
}

function pkg(name: string, files: Files, manifest: object = {}): Files {
  const entries = Object.entries({ 'package.json': { name, main: 'index.js', ...manifest }, ...files });
  return Object.fromEntries(entries.map(([file, content]) => [`node_modules/${name}/${file}`, content]));
}

test('a hook gets the configuration that @temporalio/worker builds with', async () => {
  let seen: Configuration;
  const project = new TemporaryProject(returning('1'));
  await project.bundle({
    ignoreModules: ['os'],
    payloadConverterPath: project.path('workflows.ts'),
    webpackConfigHook: (config) => {
      seen = config;
      return config;
    },
  });
  expect(Object.keys(seen).sort()).toEqual(
    ['devtool', 'entry', 'externals', 'ignoreWarnings', 'mode', 'module', 'output', 'plugins', 'resolve'].sort(),
  );
  expect(seen).toMatchObject({
    entry: [project.path('~temporal-entry.js')],
    mode: 'development',
    output: { library: '__TEMPORAL__' },
    resolve: {
      modules: ['node_modules'],
      extensions: ['.ts', '.js'],
      extensionAlias: { '.js': ['.ts', '.js'] },
      alias: { os: false, fs: false, __temporal_custom_payload_converter$: project.path('workflows.ts') },
    },
  });
  expect(seen.module.rules.map(({ use }: Configuration) => use.loader ?? use[0])).toEqual([
    'source-map-loader',
    'swc-loader',
  ]);
});

test.each<[string, object]>([
  ['mocks', { node: { __dirname: 'mock', __filename: 'warn-mock', global: true } }],
  ['names that are left alone', { node: false }],
  ['experiments that are off', { experiments: { asyncWebAssembly: false, css: undefined } }],
  ['experiments that need nothing', { experiments: { topLevelAwait: true, layers: true, cacheUnaffected: true } }],
])('%s have no effect', async (_name, changed) => {
  const files = {
    ...returning('where', "import { where } from './where.cjs';"),
    'where.cjs': 'exports.where = [__dirname, __filename, global === globalThis];',
  };
  expect(await run(files, (config) => ({ ...config, ...changed }))).toEqual(['/', '/index.js', true]);
});

describe('entry', () => {
  const polyfilled = {
    ...returning('[seen, log].flat()', `import { seen } from './user.mjs';\nconst { log } = globalThis as any;`),
    'polyfill.cjs': 'globalThis.POLYFILL = {}; globalThis.log = ["polyfill"]; module.exports = {};',
    'second.ts': "(globalThis as any).log.push('second'); export {};",
    'user.mjs': 'log.push("user"); export const seen = typeof POLYFILL;',
  };

  test.each<[string, Hook]>([
    [
      'an array',
      (config, project) => ({ ...config, entry: [project.path('polyfill.cjs'), './second.ts', ...config.entry] }),
    ],
    [
      'an object',
      (config, project) => ({
        ...config,
        entry: { main: { import: [project.path('polyfill.cjs'), './second.ts', ...config.entry] } },
      }),
    ],
    [
      'a function',
      (config, project) => ({ ...config, entry: () => [project.path('polyfill.cjs'), './second.ts', config.entry[0]] }),
    ],
  ])('modules that are put first are evaluated first, in order: %s', async (_name, hook) => {
    const result = run(polyfilled, (config, project) => ({ ...hook(config, project), context: project.root }));
    expect(await result).toEqual(['object', 'polyfill', 'second', 'user']);
  });
});

describe('resolve', () => {
  test.each<[string, string, Files, (project: TemporaryProject) => object]>([
    [
      'alias',
      'short',
      { 'lib/long.ts': "export default 'found';" },
      (p) => ({ alias: { short: p.path('lib/long.ts') } }),
    ],
    [
      'alias of a folder',
      '@lib/long',
      { 'lib/long.ts': "export default 'found';" },
      (p) => ({ alias: { '@lib': p.path('lib') } }),
    ],
    [
      'alias of an installed package',
      'real',
      { ...pkg('real', { 'index.js': 'module.exports = "real";' }), 'fake.js': 'module.exports = "found";' },
      (p) => ({ alias: { real$: p.path('fake.js') } }),
    ],
    [
      'alias of a built-in module',
      'node:os',
      { 'os.js': 'module.exports = "found";' },
      (p) => ({ alias: { os: p.path('os.js') } }),
    ],
    [
      'fallback',
      'node:crypto',
      { 'crypto.js': 'module.exports = "found";' },
      (p) => ({ fallback: { crypto: p.path('crypto.js') } }),
    ],
    [
      'extensions',
      './data',
      { 'data.mine.js': 'module.exports = "found";' },
      () => ({ extensions: ['.mine.js', '...'] }),
    ],
    [
      'extensionAlias',
      './data.mjs',
      { 'data.mjs': 'export default "other";', 'data.mts': 'export default "found";' },
      () => ({ extensionAlias: { '.mjs': ['.mts', '.mjs'] } }),
    ],
    [
      'modules',
      'mine',
      { 'packages/mine/index.ts': "export default 'found';" },
      (p) => ({ modules: [p.path('packages'), 'node_modules'] }),
    ],
    [
      'conditionNames',
      'dual',
      pkg(
        'dual',
        { 'a.js': 'module.exports = "found";', 'b.js': 'module.exports = "other";' },
        {
          exports: { mine: './a.js', default: './b.js' },
        },
      ),
      () => ({ conditionNames: ['mine', '...'] }),
    ],
    [
      'mainFields',
      'dual',
      pkg('dual', { 'a.js': 'module.exports = "found";', 'index.js': 'module.exports = "other";' }, { mine: './a.js' }),
      () => ({ mainFields: ['mine', '...'] }),
    ],
    [
      'plugins',
      'odd',
      { 'lib.js': 'module.exports = "found";' },
      (p) => ({
        plugins: [
          {
            apply(resolver: Configuration) {
              const target = resolver.ensureHook('resolve');
              resolver
                .getHook('described-resolve')
                .tapAsync('odd', (request: Configuration, context: object, done: () => void) =>
                  request.request === 'odd'
                    ? resolver.doResolve(target, { ...request, request: p.path('lib.js') }, null, context, done)
                    : done(),
                );
            },
          },
        ],
      }),
    ],
  ])('%s', async (_name, specifier, files, resolve) => {
    expect(await resolved(specifier, files, resolve)).toBe('found');
  });

  test('a module that has no place in workflows can have a fallback, if its alias is removed', async () => {
    const files = {
      ...returning('[value, typeof path]', "import value from 'node:fs';\nimport * as path from 'node:path';"),
      'shim.js': 'module.exports = "found";',
    };
    const result = run(files, (config, project) => {
      delete config.resolve.alias.fs;
      config.resolve.fallback = { fs: project.path('shim.js') };
      return { ...config, externals: undefined };
    });
    expect(await result).toEqual(['found', 'object']);
  });

  test('a folder of packages that lies elsewhere', async () => {
    const files = {
      ...returning('value', "import value from 'far';"),
      'elsewhere/far/index.js': 'module.exports = "found";',
    };
    const result = run(files, (config, project) => {
      config.resolve.modules.push(project.path('elsewhere'));
      return config;
    });
    expect(await result).toBe('found');
  });

  test('an alias to false is an empty module', async () => {
    expect(await resolved('gone', {}, () => ({ alias: { gone: false } }))).toEqual({});
  });

  test('an alias of the library gives the library of the run', async () => {
    const files = returning(
      'theirs === sleep',
      "import { sleep } from '@temporalio/workflow';\nimport { sleep as theirs } from 'mine';",
    );
    const file = require.resolve('@temporalio/workflow');
    expect(
      await run(files, (config) => ({
        ...config,
        resolve: { ...config.resolve, alias: { ...config.resolve.alias, mine: file } },
      })),
    ).toBe(true);
  });
});

describe('externals', () => {
  test.each<[string, unknown]>([
    ['a string of an object', { legacy: 'LEGACY' }],
    ['an expression with members', { legacy: ['globalThis', 'LEGACY'] }],
    ['a kind before the expression', { legacy: 'var LEGACY' }],
    ['a regular expression and a global', [/^other$/, { legacy: 'global LEGACY' }]],
    [
      'a function with a callback',
      ({ request }: Configuration, done: Configuration) => done(null, request === 'legacy' ? 'LEGACY' : undefined),
    ],
    ['an asynchronous function', async ({ request }: Configuration) => (request === 'legacy' ? 'LEGACY' : undefined)],
  ])('%s', async (_name, externals) => {
    const files = {
      ...returning('legacy.value', "import './polyfill.cjs';\nimport legacy from 'legacy';"),
      'polyfill.cjs': "globalThis.LEGACY = { value: 'found' };",
    };
    expect(await run(files, (config) => ({ ...config, externals }))).toBe('found');
  });

  test('one that would be required when it runs is not there', async () => {
    const files = returning(
      'attempt()',
      "function attempt() { try { require('legacy'); } catch (error) { return (error as any).code; } }",
    );
    expect(await run(files, (config) => ({ ...config, externals: { legacy: 'commonjs legacy' } }))).toBe(
      'MODULE_NOT_FOUND',
    );
  });
});

describe('what does not change the code', () => {
  test('has no effect', async () => {
    const result = await run(returning('process.env.NODE_ENV'), (config) => ({
      ...config,
      stats: 'verbose',
      cache: { type: 'filesystem' },
      devtool: false,
      optimization: { minimize: true },
      performance: { hints: false },
      output: { ...config.output, filename: 'other.js' },
      target: ['web', 'es2022'],
      snapshot: {},
    }));
    expect(result).toBe('development');
  });

  test('is bundled from the cache, as without a hook', async () => {
    const builds = spyOn(Bun, 'build');
    const project = new TemporaryProject(returning('1'));
    await project.bundle();
    // Files of this very moment are not cached.
    const written = Date.now();
    do project.write({ clock: '' });
    while (Bun.file(project.path('clock')).lastModified < written + 50);
    await project.bundle();
    builds.mockClear();
    await project.bundle({ webpackConfigHook: (config) => ({ ...config, stats: 'verbose' }) });
    expect(builds).not.toHaveBeenCalled();
    await project.bundle({ webpackConfigHook: (config) => ({ ...config, externals: {} }) });
    expect(builds).toHaveBeenCalled();
    builds.mockRestore();
  });
});

test('a bundle with changes is not taken from the cache, nor does it get there', async () => {
  const project = new TemporaryProject(returning('NAME'));
  const hook = (name: string) => (config: Configuration) => {
    const apply = (compiler: Configuration) => new compiler.webpack.DefinePlugin({ NAME: `'${name}'` }).apply(compiler);
    return { ...config, plugins: [...config.plugins, { apply }] };
  };
  expect(await project.run({ webpackConfigHook: hook('one') })).toBe('one');
  expect(await project.run({ webpackConfigHook: hook('two') })).toBe('two');
  await expect(project.run()).rejects.toThrow('NAME is not defined');
});

test('the mode production is the environment that code sees', async () => {
  expect(await run(returning('process.env.NODE_ENV'), (config) => ({ ...config, mode: 'production' }))).toBe(
    'production',
  );
});

test('preloaded modules are changed as well', async () => {
  const files = {
    ...returning('[shared, evaluated]', "import { shared, evaluated } from './shared';"),
    'shared.ts': `
      import alias from 'short';
      export const evaluated = (globalThis as any).__TEMPORAL_ACTIVATOR__ === undefined ? 'before any run' : 'in a run';
      export const shared = [alias, NAME, OTHER];`,
    'long.ts': "export default 'found';",
  };
  const project = new TemporaryProject(files);
  const webpackConfigHook = (config: Configuration) => {
    config.resolve.alias.short = project.path('long.ts');
    config.plugins.push((compiler: Configuration) =>
      new compiler.webpack.DefinePlugin({ NAME: '"defined"', OTHER: '1 + 1' }).apply(compiler),
    );
    return config;
  };
  const preloadModules = [project.path('shared.ts')];
  expect(await project.run({ webpackConfigHook, preloadModules })).toEqual([['found', 'defined', 2], 'before any run']);
});

test('definitions do not reach the library', async () => {
  const webpackConfigHook = (config: Configuration) => {
    const definitions = { NAME: '"defined"', activator: '1 + 1', 'Date.now': '(() => "never")', require: '"never"' };
    config.plugins.push((compiler: Configuration) => new compiler.webpack.DefinePlugin(definitions).apply(compiler));
    return config;
  };
  const project = new TemporaryProject({ ...returning('1'), 'shared.ts': 'export const shared = NAME;' });
  const preloadModules = [project.path('shared.ts')];
  const { library } = await project.bundle({ webpackConfigHook, preloadModules });
  project.write({ 'shared.ts': 'export const shared = "defined";' });
  expect(library.code).toBe((await project.bundle({ preloadModules })).library.code);
});

test('modules that are not used are found to be so with the changes', async () => {
  const files = {
    ...returning('used', "import { used } from 'barrel';"),
    ...pkg(
      'barrel',
      {
        'index.js': "export { used } from 'inner';\nexport { unused } from './unused.js';",
        'unused.js': "import { readFileSync } from 'node:fs';\nexport const unused = () => readFileSync('x');",
      },
      { type: 'module', sideEffects: false },
    ),
    'inner.js': "export const used = 'used';",
  };
  expect(
    await run(files, (config, project) => ({
      ...config,
      resolve: { ...config.resolve, alias: { ...config.resolve.alias, inner: project.path('inner.js') } },
    })),
  ).toBe('used');
});

describe('what cannot be translated is refused by its name, with what to use instead', () => {
  test.each<[string, (config: Configuration) => Configuration, string]>([
    ['nothing returned', () => undefined, 'webpackConfigHook must return a configuration'],
    ['a promise', async (config) => config, 'webpackConfigHook must return a configuration'],
    [
      'node',
      (config) => ({ ...config, node: { __dirname: true } }),
      "`node.__dirname: true` cannot be translated to Bun's bundler: use 'mock', or define __dirname with a DefinePlugin",
    ],
    ['more of node', (config) => ({ ...config, node: { Buffer: true } }), '`node.Buffer` cannot'],
    ['experiments', (config) => ({ ...config, experiments: { css: true } }), '`experiments.css` cannot'],
    [
      'externalsPresets',
      (config) => ({ ...config, externalsPresets: { node: true } }),
      "`externalsPresets` cannot be translated to Bun's bundler: name the modules in `externals`",
    ],
    [
      'an unknown property',
      (config) => ({ ...config, entries: [] }),
      "`entries` cannot be translated to Bun's bundler: webpack has no such property",
    ],
    ['a target that is a machine', (config) => ({ ...config, target: 'node' }), "`target: 'node'` cannot"],
    [
      'an entry without the workflows',
      (config) => ({ ...config, entry: './other.js' }),
      '`entry` must be made of the entry that it had',
    ],
    [
      'modules after the workflows',
      (config) => ({ ...config, entry: [...config.entry, './other.js'] }),
      "`entry` cannot be translated to Bun's bundler: put modules before",
    ],
    [
      'several entries',
      (config) => ({ ...config, entry: { a: config.entry, b: './b' } }),
      "`entry` cannot be translated to Bun's bundler: a workflow bundle has one entry",
    ],
    [
      'default rules',
      (config) => ({ ...config, module: { ...config.module, defaultRules: [] } }),
      '`module.defaultRules` cannot',
    ],
    [
      'rules that are none',
      (config) => ({ ...config, module: { rules: {} } }),
      '`module.rules` must be an array of rules',
    ],
    ['plugins that are none', (config) => ({ ...config, plugins: {} }), '`plugins` must be an array'],
    ['a mode that there is not', (config) => ({ ...config, mode: 'invalid' }), '`mode` must be'],
    ['a resolve that is none', (config) => ({ ...config, resolve: 'x' }), '`resolve` must be an object'],
  ])('%s', async (_name, hook, message) => {
    const bundling = new TemporaryProject(returning('1')).bundle({ webpackConfigHook: hook });
    const error = await bundling.catch((error) => error);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain(message);
  });
});
