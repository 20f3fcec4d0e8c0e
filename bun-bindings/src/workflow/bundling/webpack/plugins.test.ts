import { describe, expect, test } from 'bun:test';
import { cleanUpProjects, TemporaryProject } from '../../../../tests/support/temporary-project.ts';
import type { BundleOptions } from '../bundler.ts';

cleanUpProjects();

type Files = Record<string, string | object>;
// biome-ignore lint/suspicious/noExplicitAny: webpack and its plugins, whose types are not here.
type Any = any;
/** Makes a plugin of webpack's classes. */
type NewPlugin = (webpack: Any, project: TemporaryProject) => Any;

/** Bundles with a plugin that applies another one of the compiler's webpack, as plugins of packages do. */
function options(project: TemporaryProject, newPlugin: NewPlugin): Partial<BundleOptions> {
  const apply = (compiler: Any) => newPlugin(compiler.webpack, project).apply(compiler);
  return { webpackConfigHook: (config) => ({ ...config, plugins: [...config.plugins, { apply }] }) };
}

function run(files: Files, newPlugin: NewPlugin): Promise<unknown> {
  const project = new TemporaryProject(files);
  return project.run(options(project, newPlugin));
}

function errorOf(files: Files, newPlugin: NewPlugin): Promise<string> {
  const project = new TemporaryProject(files);
  return project.bundleError(options(project, newPlugin));
}

function returning(expression: string, imports = ''): Files {
  return { 'workflows.ts': `${imports}\nexport async function main() { return ${expression}; }` };
}

function pkg(name: string, files: Files, manifest: object = {}): Files {
  const entries = Object.entries({ 'package.json': { name, main: 'index.js', ...manifest }, ...files });
  return Object.fromEntries(entries.map(([file, content]) => [`node_modules/${name}/${file}`, content]));
}

describe('DefinePlugin', () => {
  test.each<[string, object, string, unknown]>([
    ['a string literal', { NAME: '"value"' }, 'NAME', 'value'],
    ['a number', { NAME: 5 }, 'NAME', 5],
    ['an expression', { NAME: '[1, 2].map((x) => x * 2)' }, 'NAME', [2, 4]],
    [
      'an object',
      { NAME: { a: '"value"', b: { c: true } } },
      '[NAME.a, NAME.b.c, NAME]',
      ['value', true, { a: 'value', b: { c: true } }],
    ],
    ['a function', { NAME: (x: number) => x + 1 }, 'NAME(1)', 2],
    ['a member', { 'process.env.REGION': '"eu"' }, 'process.env.REGION', 'eu'],
    ['a member that is an expression', { 'process.env.REGION': '1 + 1' }, 'process.env.REGION', 2],
    ['a member of import.meta', { 'import.meta.env.REGION': '"eu"' }, 'import.meta.env.REGION', 'eu'],
    ['typeof', { NAME: '"value"' }, 'typeof NAME', 'string'],
    ['undefined', { NAME: undefined }, 'NAME === undefined', true],
    ['the environment', { 'process.env.NODE_ENV': '"staging"' }, 'process.env.NODE_ENV', 'staging'],
  ])('%s, in ES modules and scripts', async (_name, definitions, expression, value) => {
    const define: NewPlugin = ({ DefinePlugin }) => new DefinePlugin(definitions);
    expect(await run(returning(expression), define)).toEqual(value);
    const script = {
      ...returning('value', "import value from './script.cjs';"),
      'script.cjs': `module.exports = ${expression};`,
    };
    expect(await run(script, define)).toEqual(value);
  });

  test('a name that a module declares itself is that of the module', async () => {
    const files = {
      ...returning(
        '[NAME, inner(2), script, "NAME"]',
        "import script from './script.cjs';\nconst NAME = 1; const inner = (NAME: number) => NAME;",
      ),
      'script.cjs': 'function NAME() {} module.exports = typeof NAME + "NAME" + { NAME: 4 }.NAME;',
    };
    expect(await run(files, ({ DefinePlugin }) => new DefinePlugin({ NAME: '"defined"' }))).toEqual([
      1,
      2,
      'functionNAME4',
      'NAME',
    ]);
  });

  test('what is never reached is not bundled', async () => {
    const files = {
      ...returning('value', "import { value } from './script.cjs';\nif (!IN_WORKFLOW) require('node:fs');"),
      'script.cjs': "if (IN_WORKFLOW) exports.value = 'inside'; else exports.value = require('node:net');",
    };
    expect(await run(files, ({ DefinePlugin }) => new DefinePlugin({ IN_WORKFLOW: true }))).toBe('inside');
  });

  test('a value that is computed', async () => {
    const define: NewPlugin = ({ DefinePlugin }) =>
      new DefinePlugin({ NAME: DefinePlugin.runtimeValue(() => '"value"') });
    expect(await run(returning('NAME'), define)).toBe('value');
  });

  test('typeof of a name is refused', async () => {
    const message = await errorOf(
      returning('1'),
      ({ DefinePlugin }) => new DefinePlugin({ 'typeof window': '"object"' }),
    );
    expect(message).toContain('`DefinePlugin: typeof window` cannot be translated');
    expect(message).toContain('define `window` itself');
  });
});

describe('EnvironmentPlugin', () => {
  test('takes what the environment has, or the default', async () => {
    const environment: NewPlugin = ({ EnvironmentPlugin }) =>
      new EnvironmentPlugin({ NOT_SET_ANYWHERE: 'default', PATH: 'default' });
    expect(await run(returning('[process.env.NOT_SET_ANYWHERE, process.env.PATH]'), environment)).toEqual([
      'default',
      process.env.PATH,
    ]);
  });

  test('a name without a value is an error', async () => {
    const message = await errorOf(
      returning('1'),
      ({ EnvironmentPlugin }) => new EnvironmentPlugin(['NOT_SET_ANYWHERE']),
    );
    expect(message).toContain("EnvironmentPlugin names 'NOT_SET_ANYWHERE'");
  });
});

describe('ProvidePlugin', () => {
  const jquery = pkg('query', {
    'index.js': "globalThis.loads = (globalThis.loads ?? 0) + 1; exports.find = () => 'found';",
  });

  test.each<[string, object, string]>([
    ['a module', { $: 'query' }, '$.find()'],
    ['a member of it', { find: ['query', 'find'] }, 'find()'],
    ['a member of a name', { 'lib.query': 'query' }, 'lib.query.find()'],
  ])('%s, in ES modules and scripts', async (_name, provided, expression) => {
    const provide: NewPlugin = ({ ProvidePlugin }) => new ProvidePlugin(provided);
    expect(await run({ ...returning(expression), ...jquery }, provide)).toBe('found');
    const script = {
      ...returning('value', "import value from './script.cjs';"),
      'script.cjs': `module.exports = ${expression};`,
      ...jquery,
    };
    expect(await run(script, provide)).toBe('found');
  });

  test('is not loaded by modules that do not use it', async () => {
    const files = {
      ...returning(
        '[script, typeof (globalThis as any).loads]',
        "import script from './script.cjs';\nconst o = { $: 1 }; o.$;",
      ),
      'script.cjs': 'module.exports = (function ($) { return $; })("own"); // $',
      ...jquery,
    };
    expect(await run(files, ({ ProvidePlugin }) => new ProvidePlugin({ $: 'query' }))).toEqual(['own', 'undefined']);
  });
});

describe('IgnorePlugin', () => {
  test('a module that is ignored throws when it is loaded', async () => {
    const files = {
      ...returning('value', "import { value } from 'db';"),
      ...pkg('db', { 'index.js': "try { require('driver'); } catch (error) { exports.value = error.code; }" }),
      ...pkg('driver', { 'index.js': "require('node:net');" }),
    };
    expect(await run(files, ({ IgnorePlugin }) => new IgnorePlugin({ resourceRegExp: /^driver$/ }))).toBe(
      'MODULE_NOT_FOUND',
    );
  });

  const clock = {
    ...returning('[load("de"), load("en")]', "import { load } from 'clock';"),
    ...pkg('clock', {
      'index.js':
        "exports.load = (name) => { try { return require('./locale/' + name); } catch (error) { return error.code; } };",
      'locale/de.js': "module.exports = 'hallo';",
      'locale/en.js': "module.exports = 'hello';",
    }),
  };

  test('applies to folders that are required by computed names', async () => {
    const ignore: NewPlugin = ({ IgnorePlugin }) =>
      new IgnorePlugin({ resourceRegExp: /^\.\/locale$/, contextRegExp: /clock$/ });
    expect(await run(clock, ignore)).toEqual(['MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']);
  });

  test('ContextReplacementPlugin takes some of the files', async () => {
    const some: NewPlugin = ({ ContextReplacementPlugin }) => new ContextReplacementPlugin(/clock[\\/]locale$/, /en/);
    expect(await run(clock, some)).toEqual(['MODULE_NOT_FOUND', 'hello']);
  });
});

describe('NormalModuleReplacementPlugin', () => {
  const io = pkg('io', {
    'index.js': "exports.value = require('./fs.js').value;",
    'fs.js': "exports.value = require('node:fs');",
    'fs.browser.js': "exports.value = 'replaced';",
  });

  test.each<[string, NewPlugin]>([
    ['a request', ({ NormalModuleReplacementPlugin: Plugin }) => new Plugin(/^\.\/fs\.js$/, './fs.browser.js')],
    ['a file', ({ NormalModuleReplacementPlugin: Plugin }) => new Plugin(/io[\\/]fs\.js$/, './fs.browser.js')],
    [
      'a built-in module, by a path',
      ({ NormalModuleReplacementPlugin: Plugin }, project) => new Plugin(/^node:fs$/, project.path('text.cjs')),
    ],
    [
      'a request, by a function',
      ({ NormalModuleReplacementPlugin: Plugin }) =>
        new Plugin(/^\.\/fs\.js$/, (data: Any) => {
          if (data.context.endsWith('io')) data.request = './fs.browser.js';
        }),
    ],
    [
      'a file, by a function',
      ({ NormalModuleReplacementPlugin: Plugin }) =>
        new Plugin(/[\\/]fs\.js$/, ({ createData }: Any) => {
          if (createData.resource) createData.resource = createData.resource.replace('.js', '.browser.js');
        }),
    ],
  ])('%s', async (_name, newPlugin) => {
    const files = {
      ...returning('value', "import { value } from 'io';"),
      ...io,
      'text.cjs': "module.exports = 'replaced';",
    };
    expect(await run(files, newPlugin)).toBe('replaced');
  });

  test('a module of the library takes the place of another', async () => {
    const files = returning(
      'theirs === sleep',
      "import { sleep } from '@temporalio/workflow';\nimport { sleep as theirs } from 'clock';",
    );
    expect(
      await run(files, ({ NormalModuleReplacementPlugin: Plugin }) => new Plugin(/^clock$/, '@temporalio/workflow')),
    ).toBe(true);
  });

  test('a module that is not there is an error', async () => {
    const files = returning('1', "import 'one';");
    const message = await errorOf(files, ({ NormalModuleReplacementPlugin: Plugin }) => new Plugin(/^one$/, './two'));
    expect(message).toContain("NormalModuleReplacementPlugin puts './two' in the place of 'one' in workflows.ts");
  });

  test('its constructor can be had from the configuration', async () => {
    const project = new TemporaryProject({
      ...returning('value', "import value from 'one';"),
      'two.cjs': "module.exports = 'replaced';",
    });
    const result = await project.run({
      webpackConfigHook: (config) => {
        const { constructor: Plugin } = config.plugins.find(
          (plugin: object) => plugin.constructor.name === 'NormalModuleReplacementPlugin',
        );
        config.plugins.push(new Plugin(/^one$/, './two.cjs'));
        return config;
      },
    });
    expect(result).toBe('replaced');
  });
});

describe('plugins', () => {
  test("of the project's own webpack are known by their names and fields", async () => {
    class DefinePlugin {
      readonly definitions = { NAME: '"value"' };
      apply(compiler: Any) {
        compiler.hooks.compilation.tap('DefinePlugin', () => undefined);
      }
    }
    const project = new TemporaryProject(returning('NAME'));
    const webpackConfigHook = (config: Any) => ({ ...config, plugins: [...config.plugins, new DefinePlugin(), false] });
    expect(await project.run({ webpackConfigHook })).toBe('value');
  });

  test('that only report have no effect', async () => {
    class ProgressPlugin {
      apply() {
        throw new Error('applied');
      }
    }
    class CopyPlugin extends ProgressPlugin {}
    const project = new TemporaryProject(returning('1'));
    const webpackConfigHook = (config: Any) => {
      config.plugins.push(
        new ProgressPlugin(),
        new CopyPlugin(),
        (compiler: Any) => compiler.hooks.done.tap('note', () => undefined),
        {
          apply: (compiler: Any) =>
            new compiler.webpack.optimize.LimitChunkCountPlugin({ maxChunks: 1 }).apply(compiler),
        },
      );
      return config;
    };
    expect(await project.run({ webpackConfigHook })).toBe(1);
  });

  test.each<[string, NewPlugin, string]>([
    [
      'that hook into the compilation',
      () => ({ apply: (compiler: Any) => compiler.hooks.emit.tap('mine', () => undefined) }),
      'compiler.hooks.emit',
    ],
    [
      'that use other members of the compiler',
      () => ({ apply: (compiler: Any) => compiler.resolverFactory }),
      'compiler.resolverFactory',
    ],
    ['that use other parts of webpack', ({ DllPlugin }) => DllPlugin, 'compiler.webpack.DllPlugin'],
  ])('%s are refused, with what to use instead', async (_name, newPlugin, property) => {
    const message = await errorOf(returning('1'), newPlugin);
    expect(message).toMatch(/^webpackConfigHook: `plugins\[1\] \(Object\): /);
    expect(message).toContain(
      `${property}\` cannot be translated to Bun's bundler: use the plugins at \`compiler.webpack\``,
    );
  });
});
