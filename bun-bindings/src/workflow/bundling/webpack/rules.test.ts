import { describe, expect, test } from 'bun:test';
import { RecordingLogger } from '../../../../tests/support/recording-logger.ts';
import { cleanUpProjects, TemporaryProject } from '../../../../tests/support/temporary-project.ts';

cleanUpProjects();

type Files = Record<string, string | object>;
// biome-ignore lint/suspicious/noExplicitAny: a webpack configuration, whose types are not here.
type Any = any;
type NewRule = (project: TemporaryProject) => object;

function withRules(project: TemporaryProject, newRules: NewRule[]) {
  const webpackConfigHook = (config: Any) => {
    config.module.rules.push(...newRules.map((newRule) => newRule(project)));
    return config;
  };
  return { webpackConfigHook };
}

/** Returns the result of the workflow `main`, which imports `value` from a file, with rules besides those that are there. */
function run(file: string, files: Files, ...newRules: NewRule[]): Promise<unknown> {
  const workflows = `import value from './${file}';\nexport async function main() { return value; }`;
  const project = new TemporaryProject({ 'workflows.ts': workflows, ...files });
  return project.run(withRules(project, newRules));
}

function errorOf(file: string, files: Files, ...newRules: NewRule[]): Promise<string> {
  const project = new TemporaryProject({
    'workflows.ts': `import value from './${file}'; export const main = value;`,
    ...files,
  });
  return project.bundleError(withRules(project, newRules));
}

describe('types', () => {
  test.each<[string, string, string | object, object, unknown]>([
    ['text', 'prompt.md', '# Be kind', { test: /\.md$/, type: 'asset/source' }, '# Be kind'],
    ['JSON', 'data.webmanifest', '{"a":1}', { test: /\.webmanifest$/, type: 'json' }, { a: 1 }],
    [
      'JSON of a parser',
      'data.list',
      'a,b',
      { test: /\.list$/, type: 'json', parser: { parse: (text: string) => text.split(',') } },
      ['a', 'b'],
    ],
    [
      'a data URL',
      'icon.svg',
      '<svg/>',
      { test: /\.svg$/, type: 'asset/inline' },
      'data:image/svg+xml;base64,PHN2Zy8+',
    ],
    ['JavaScript', 'module.es', 'export default 5', { test: /\.es$/, type: 'javascript/auto' }, 5],
  ])('%s', async (_name, file, content, rule, value) => {
    expect(await run(file, { [file]: content }, () => rule)).toEqual(value);
  });

  test('bytes', async () => {
    const files = {
      'workflows.ts':
        "import bytes from './a.bin';\nexport async function main() { return [bytes instanceof Uint8Array, ...bytes]; }",
      'a.bin': 'AB',
    };
    expect(await run('a.bin', files, () => ({ test: /\.bin$/, type: 'asset/bytes' }))).toEqual([true, 65, 66]);
  });

  test('files beside the bundle are refused', async () => {
    const message = await errorOf('icon.png', { 'icon.png': 'x' }, () => ({ test: /\.png$/, type: 'asset/resource' }));
    expect(message).toContain(
      "type: 'asset/resource'` cannot be translated to Bun's bundler: a workflow bundle has no files",
    );
  });
});

describe('conditions', () => {
  const type = 'asset/source';
  test.each<[string, NewRule]>([
    ['test', () => ({ test: /\.ini$/, type })],
    ['a path', (project) => ({ include: project.path('config'), type })],
    ['a function', () => ({ resource: (path: string) => path.endsWith('.ini'), type })],
    ['one of several', () => ({ test: [/\.md$/, /\.ini$/], type })],
    ['and, or, not', () => ({ test: { and: [/\.ini$/], or: [/config/, /nowhere/], not: /nowhere/ }, type })],
    ['rules inside', () => ({ include: /config/, rules: [{ test: /\.ini$/, type }] })],
    [
      'the first of several rules',
      () => ({ test: /\.ini$/, oneOf: [{ exclude: /config/, type: 'json' }, { type }, { type: 'json' }] }),
    ],
  ])('%s', async (_name, newRule) => {
    expect(await run('config/a.ini', { 'config/a.ini': 'a=1' }, newRule)).toBe('a=1');
  });

  test('the query of an import', async () => {
    const files = {
      'workflows.ts':
        "import text from './part.ts?raw';\nimport { part } from './part.ts';\nexport async function main() { return [part, text]; }",
      'part.ts': "export const part = 'code';",
    };
    const rule = { resourceQuery: /^\?raw$/, type };
    expect(await run('part.ts', files, () => rule)).toEqual(['code', "export const part = 'code';"]);
  });

  describe('on the issuer', () => {
    const files = {
      'pages/raw.ts': "import value from '../part.txt?v';\nexport default value;",
      'part.txt': 'text',
    };
    const ofPages = (then: object) => ({ test: /\.txt$/, oneOf: [{ issuer: /\/pages\//, ...then }] });

    test('hold for who imports', async () => {
      expect(
        await run(
          'pages/raw.ts',
          files,
          () => ofPages({ type }),
          () => ofPages({ type: 'asset/source' }),
        ),
      ).toBe('text');
    });

    test('are refused where they differ for who imports the same', async () => {
      const twice = {
        ...files,
        'both.ts': "import './pages/raw.ts';\nimport value from './part.txt?v';\nexport default value;",
      };
      const message = await errorOf('both.ts', twice, () => ofPages({ type }));
      expect(message).toStartWith("webpackConfigHook: `module.rules.issuer` cannot be translated to Bun's bundler: ");
      expect(message).toMatch(/part\.txt\?v is imported by .* and by .*, for which the rules differ.*`resourceQuery`$/);
    });
  });

  test('others are refused by their names', async () => {
    const message = await errorOf('a.ini', { 'a.ini': '' }, () => ({ test: /a/, oneOf: [{ mimetype: /b/, type }] }));
    expect(message).toStartWith(
      "webpackConfigHook: `module.rules[2].oneOf[0].mimetype` cannot be translated to Bun's bundler: use `test`",
    );
  });
});

describe('loaders', () => {
  const shout = {
    'loaders/shout.js':
      "module.exports = (source) => 'module.exports = ' + JSON.stringify(source.trim().toUpperCase());",
  };

  test.each<[string, Files, NewRule]>([
    ['a path', shout, (project) => ({ test: /\.txt$/, use: project.path('loaders/shout.js') })],
    [
      'a package',
      { 'node_modules/shout-loader/index.js': shout['loaders/shout.js'] },
      () => ({ test: /\.txt$/, loader: 'shout-loader' }),
    ],
    [
      'a function of rules',
      shout,
      (project) => ({
        test: /\.txt$/,
        use: ({ resource }: Any) => [resource.endsWith('.txt') && { loader: project.path('loaders/shout.js') }],
      }),
    ],
    [
      'one that is asynchronous and has options',
      {
        'loaders/option.cjs': `module.exports = function (source) {
          const done = this.async();
          const { format } = this.getOptions();
          setImmediate(() => done(null, 'export default ' + JSON.stringify(format(source))));
        };`,
      },
      (project) => ({
        test: /\.txt$/,
        use: [
          { loader: project.path('loaders/option.cjs'), options: { format: (text: string) => text.toUpperCase() } },
        ],
      }),
    ],
    [
      'several, the last one first, and those of pre and post',
      {
        'loaders/add.js': 'module.exports = function (source) { return source + this.getOptions().text; };',
        'loaders/end.js':
          "module.exports = (source) => 'module.exports = ' + JSON.stringify(source.replace('helloLO!', 'HELLO'));",
      },
      (project) => ({
        test: /\.txt$/,
        rules: [
          { enforce: 'post', loader: project.path('loaders/end.js') },
          {
            use: [
              `${project.path('loaders/add.js')}?text=!`,
              { loader: project.path('loaders/add.js'), options: { text: 'O' } },
            ],
          },
          { enforce: 'pre', loader: project.path('loaders/add.js'), options: 'text=L' },
        ],
      }),
    ],
  ])('%s', async (_name, files, newRule) => {
    expect(await run('hello.txt', { 'hello.txt': 'hello', ...files }, newRule)).toBe('HELLO');
  });

  test('those that compile are not needed, whether or not they are installed', async () => {
    const files = { 'part.ts': "enum Letter { A = 'a' }\nexport default Letter.A;" };
    const rule = { test: /\.ts$/, use: [{ loader: 'babel-loader' }, { loader: '/x/node_modules/ts-loader/index.js' }] };
    expect(await run('part.ts', files, () => rule)).toBe('a');
  });

  test('loaders after one that compiles get JavaScript, and stacks still lead to the source', async () => {
    const files = {
      'part.ts':
        "interface Unused { a: string }\n\nconst stack: string = new Error('here').stack as string;\nexport default stack;",
      'loaders/count.js': `module.exports = function (source, map) {
        if (source.includes('interface')) throw new Error('this is TypeScript');
        this.callback(null, source, map);
      };`,
    };
    const stack = await run('part.ts', files, (project) => ({
      enforce: 'post',
      test: /part\.ts$/,
      loader: project.path('loaders/count.js'),
    }));
    expect(stack).toMatch(/part\.ts:3:/);
  });

  test('loaders before one that compiles get the source', async () => {
    const files = {
      'part.ts': 'export default NUMBER as number;',
      'loaders/replace.js': "module.exports = (source) => source.replace('NUMBER', '5');",
    };
    expect(
      await run('part.ts', files, (project) => ({
        enforce: 'pre',
        test: /part\.ts$/,
        loader: project.path('loaders/replace.js'),
      })),
    ).toBe(5);
  });

  test('one that is not installed is an error that names it', async () => {
    const message = await errorOf('a.txt', { 'a.txt': '' }, () => ({ test: /\.txt$/, use: ['absent-loader'] }));
    expect(message).toContain(
      "`module.rules[2].use[0]` cannot be translated to Bun's bundler: the loader 'absent-loader' is not installed",
    );
  });

  test('one that fails is an error that names the module, and warnings are logged', async () => {
    const logger = new RecordingLogger();
    const project = new TemporaryProject({
      'workflows.ts': "import './a.txt';",
      'a.txt': '',
      'loader.js': "module.exports = function () { this.emitWarning('beware'); throw new Error('no luck'); };",
    });
    const hook = withRules(project, [() => ({ test: /\.txt$/, loader: project.path('loader.js') })]);
    expect(await project.bundleError({ ...hook, logger })).toContain('a loader failed for a.txt: no luck');
    expect(logger.messages('WARN')).toEqual([expect.stringMatching(/a\.txt: beware$/)]);
  });
});
