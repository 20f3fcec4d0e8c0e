import { describe, expect, test } from 'bun:test';
import { cleanUpProjects, TemporaryProject } from '../support/temporary-project.ts';

cleanUpProjects();

/** CommonJS packages, as they are written by hand and by compilers. */
const packages = {
  'node_modules/callable/index.js': `module.exports = function (n) { return n + 1; }; module.exports.extra = 'extra';`,
  'node_modules/plain/index.js': `exports.one = 1; exports.self = function () { return this === exports ? 'exports' : typeof this; };`,
  'node_modules/compiled/index.js': `
    'use strict';
    Object.defineProperty(exports, '__esModule', { value: true });
    exports.default = 'the default'; exports.named = 'named'; exports.late = void 0;
    exports.setLate = (value) => { exports.late = value; };`,
  'node_modules/undefaulted/index.js': `
    'use strict';
    Object.defineProperty(exports, '__esModule', { value: true });
    exports.named = 'named';`,
  'node_modules/enumerable/index.js': `exports.__esModule = true; exports.default = 'the default'; exports.named = 'named';`,
  'node_modules/date/index.js': `module.exports = new Date(5);`,
  ...Object.fromEntries(
    ['callable', 'plain', 'compiled', 'undefaulted', 'enumerable', 'date'].map((name) => [
      `node_modules/${name}/package.json`,
      { name },
    ]),
  ),
};

async function main(source: string, files: Record<string, string | object> = {}): Promise<unknown> {
  return new TemporaryProject({ ...packages, ...files, 'workflows.ts': source }).run();
}

describe('what a CommonJS package gives', () => {
  test('a function can be called as a default import and as a namespace', async () => {
    const result = await main(`
      import fn, { extra } from 'callable';
      import * as namespace from 'callable';
      export async function main() {
        return [fn(1), (namespace as any)(2), extra, typeof namespace, Object.keys(namespace), typeof (namespace as any).default];
      }`);
    expect(result).toEqual([2, 3, 'extra', 'function', ['extra'], 'function']);
  });

  test('an object has its properties alone in its namespace, and stays what methods are called on', async () => {
    const result = await main(`
      import plain, { one, self } from 'plain';
      import * as namespace from 'plain';
      export async function main() {
        return [one, self(), namespace.self(), plain.self(), Object.keys(namespace), 'default' in namespace, plain === (namespace as any)];
      }`);
    expect(result).toEqual([1, 'object', 'exports', 'exports', ['one', 'self'], false, true]);
  });

  test('a compiled ES module gives its own default export and its live bindings', async () => {
    const result = await main(`
      import standard, { named, late } from 'compiled';
      import * as namespace from 'compiled';
      export async function main() {
        (namespace as any).setLate('now');
        return [standard, named, late, (namespace as any).late, Object.keys(namespace), '__esModule' in namespace, (namespace as any).default];
      }`);
    expect(result).toEqual([
      'the default',
      'named',
      'now',
      'now',
      ['default', 'named', 'late', 'setLate'],
      true,
      'the default',
    ]);
  });

  test('a compiled ES module without a default export has none', async () => {
    const result = await main(`
      import nothing from 'undefaulted';
      import * as namespace from 'undefaulted';
      export async function main() {
        return [typeof nothing, typeof (namespace as any).default, Object.keys(namespace), Object.values(namespace)];
      }`);
    expect(result).toEqual(['undefined', 'undefined', ['named'], ['named']]);
  });

  test('an object of a class stays one', async () => {
    const result = await main(`
      import date from 'date';
      import * as namespace from 'date';
      export async function main() { return [date.getTime(), (namespace as any) instanceof Date]; }`);
    expect(result).toEqual([5, true]);
  });

  test('it is handed on by `export *`, `export { default }` and `export * as`', async () => {
    const result = await main(
      `
      import fn, { extra, named, standard, whole } from './index';
      import * as index from './index';
      export async function main() {
        return [fn(1), extra, named, standard, whole.one, Object.keys(index).sort()];
      }`,
      {
        'index.ts': `
          export * from 'callable'; export { default } from 'callable'; export { named, default as standard } from 'compiled';
          export * as whole from 'plain';`,
      },
    );
    expect(result).toEqual([2, 'extra', 'named', 'the default', 1, ['default', 'extra', 'named', 'standard', 'whole']]);
  });

  test('import() gives a namespace with a default export', async () => {
    const result = await main(`
      export async function main() {
        const [fn, plain, compiled] = await Promise.all([import('callable'), import('plain'), import('compiled')]);
        return [(fn as any).default(1), (plain as any).default.one, (plain as any).one, (compiled as any).default, (compiled as any).named];
      }`);
    expect(result).toEqual([2, 1, 1, 'the default', 'named']);
  });
});

describe('under "type": "module"', () => {
  const esm = { 'package.json': { type: 'module' } };

  test('a JavaScript module gets what module.exports is as its default import', async () => {
    const project = new TemporaryProject({
      ...packages,
      ...esm,
      'workflows.js': `
        import compiled, { named } from 'compiled';
        import * as compiledNamespace from 'compiled';
        import fn from 'callable';
        import * as fnNamespace from 'callable';
        import nothing from 'undefaulted';
        export async function main() {
          const whole = compiled, namespace = compiledNamespace;
          return [whole.default, named, fn(1), typeof fnNamespace, fnNamespace.default(1), typeof nothing, nothing.named,
            namespace.default.default, Object.keys(namespace).sort()];
        }`,
    });
    const result = await project.run({ workflowsPath: project.path('workflows.js') });
    expect(result).toEqual([
      'the default',
      'named',
      2,
      'object',
      2,
      'object',
      'named',
      'the default',
      ['default', 'late', 'named', 'setLate'],
    ]);
  });

  test('a TypeScript module gets the default export', async () => {
    const result = await main(
      `
      import compiled, { named } from 'compiled';
      import * as namespace from 'compiled';
      import fn from 'callable';
      import nothing from 'undefaulted';
      export async function main() {
        return [compiled, named, fn(1), typeof nothing, Object.keys(namespace)];
      }`,
      esm,
    );
    expect(result).toEqual(['the default', 'named', 2, 'undefined', ['default', 'named', 'late', 'setLate']]);
  });
});

describe('namespaces of ES modules', () => {
  const counter = {
    'counter.ts': `export let count = 1; export function add() { count++; } export default 'counter';`,
    'index.ts': `export * as inner from './counter'; export * from './counter'; export { default as standard } from './counter';`,
  };

  test('are live, of the tag Module, and show no flag', async () => {
    const result = await main(
      `
      import { count, add } from './counter';
      import * as counter from './counter';
      import * as index from './index';
      export async function main() {
        const before = count;
        add();
        return [before, count, counter.count, index.count, index.inner.count, index.standard,
          Object.prototype.toString.call(counter), Object.keys(counter).sort(), Object.keys(index).sort(), 'missing' in counter];
      }`,
      counter,
    );
    expect(result).toEqual([
      1,
      2,
      2,
      2,
      2,
      'counter',
      '[object Module]',
      ['add', 'count', 'default'],
      ['add', 'count', 'inner', 'standard'],
      false,
    ]);
  });

  test('cannot be written', async () => {
    const result = await main(
      `
      import * as counter from './counter';
      export async function main() {
        const outcomes: string[] = [];
        const namespace: any = counter;
        for (const attempt of [() => { namespace.count = 9; }, () => { namespace.add = null; }])
          try { attempt(); outcomes.push('written'); } catch (error: any) { outcomes.push(error.constructor.name); }
        return [outcomes, counter.count, typeof counter.add];
      }`,
      counter,
    );
    expect(result).toEqual([['TypeError', 'TypeError'], 1, 'function']);
  });

  test('are what require() gives, with the flag', async () => {
    const result = await main(
      `
      export async function main() {
        const counter = require('./counter');
        counter.add();
        return [counter.count, counter.__esModule, counter.default, counter === require('./counter')];
      }`,
      counter,
    );
    expect(result).toEqual([2, true, 'counter', true]);
  });

  test('the values of a package can be listed', async () => {
    const result = await main(
      `
      import * as schemas from 'schemas';
      export async function main() { return [Object.values(schemas).map((schema: any) => schema.id), Object.entries(schemas).length]; }`,
      {
        'node_modules/schemas/index.js': `
          "use strict"; Object.defineProperty(exports, "__esModule", { value: true });
          exports.Order = { id: 'order' }; exports.Item = { id: 'item' };`,
      },
    );
    expect(result).toEqual([['order', 'item'], 2]);
  });
});

test('JSON has its properties and itself as its default import, whatever they are called', async () => {
  const result = await main(
    `
    import data, { list } from './data.json';
    import * as namespace from './data.json';
    export async function main() { return [data, list, (namespace as any).list, require('./data.json').list]; }`,
    { 'data.json': { list: [1, 2], default: 'of the data' } },
  );
  expect(result).toEqual([{ list: [1, 2], default: 'of the data' }, [1, 2], [1, 2], [1, 2]]);
});

test('a function that is imported by name is called without its module as this', async () => {
  const result = await main(
    `
    import { self } from './self';
    import * as namespace from './self';
    export async function main() { return [self(), typeof namespace.self()]; }`,
    { 'self.ts': `export function self(this: unknown) { return this === undefined ? 'undefined' : this; }` },
  );
  expect(result).toEqual(['undefined', 'object']);
});
