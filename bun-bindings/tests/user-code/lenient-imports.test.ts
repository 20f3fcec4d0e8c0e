import { describe, expect, test } from 'bun:test';
import { cleanUpProjects, TemporaryProject } from '../support/temporary-project.ts';

cleanUpProjects();

test('an export that is not there is undefined', async () => {
  const result = await new TemporaryProject({
    'workflows.ts': `
      import { there, gone } from './module';
      import standard from './module';
      import * as all from './module';
      export { alsoGone } from './module';
      export async function main() { return [there, typeof gone, typeof standard, typeof (all as any).gone]; }`,
    'module.ts': `export const there = 1;`,
  }).run();
  expect(result).toEqual([1, 'undefined', 'undefined', 'undefined']);
});

describe('a module that does I/O is no error', () => {
  const usesFs = `import { readFileSync } from 'node:fs'; export const read = () => readFileSync('x', 'utf8');`;
  const pure = `export const pure = (n: number) => n + 1;`;

  test('where nothing of a package without side effects that imports it is used', async () => {
    const result = await new TemporaryProject({
      'package.json': { sideEffects: false },
      'workflows.ts': `import { pure } from './barrel'; export async function main() { return pure(1); }`,
      'barrel.ts': `export { pure } from './pure'; export * from './io';`,
      'pure.ts': pure,
      'io.ts': usesFs,
    }).run();
    expect(result).toBe(2);
  });

  test('but where it is used', async () => {
    const message = await new TemporaryProject({
      'package.json': { sideEffects: false },
      'workflows.ts': `import { pure, read } from './barrel'; export async function main() { return [pure(1), read()]; }`,
      'barrel.ts': `export { pure } from './pure'; export * from './io';`,
      'pure.ts': pure,
      'io.ts': usesFs,
    }).bundleError();
    expect(message).toContain(
      `  - 'node:fs', imported by io.ts:1\n      imported by barrel.ts:1\n      imported by workflows.ts:1`,
    );
  });

  test('or may have effects when it is evaluated', async () => {
    const message = await new TemporaryProject({
      'workflows.ts': `import { pure } from './barrel'; export async function main() { return pure(1); }`,
      'barrel.ts': `export { pure } from './pure'; export * from './io';`,
      'pure.ts': pure,
      'io.ts': `import { readFileSync } from 'node:fs'; export const text = readFileSync('x', 'utf8');`,
    }).bundleError();
    expect(message).toContain(`  - 'node:fs', imported by io.ts:1`);
  });
});

describe('a module that cannot be bundled is no error', () => {
  test('where code that is never reached asks for it', async () => {
    const result = await new TemporaryProject({
      'workflows.ts': `
        import { parse, printed } from 'parser';
        if (false) require('fs');
        if (process.env.NODE_ENV === 'production') require('node:child_process');
        const main2 = (require: any) => require('net');
        export async function main() { return [parse('x'), printed, main2((name: string) => 'own ' + name)]; }`,
      // As browserify writes it.
      'node_modules/parser/index.js': `
        module.exports = (function (modules) { return modules[1](function (name) { return 'part ' + name; }); })({
          1: function (require) { return { parse: function (text) { return text + require('fs') + require('./gone'); }, printed: 1 }; } });`,
    }).run();
    expect(result).toEqual(['xpart fspart ./gone', 1, 'own net']);
  });

  test('where a package goes on without it', async () => {
    const result = await new TemporaryProject({
      'workflows.ts': `
        import { stream, disk, caught } from 'tries';
        export async function main() { return [stream, await disk(), await caught()]; }`,
      'node_modules/tries/package.json': { type: 'module' },
      'node_modules/tries/index.js': `
        export { default as stream } from './stream.cjs';
        export async function disk() { try { return await import('node:fs'); } catch (error) { return error.code; } }
        export const caught = () => import('net').catch((error) => error.code);`,
      'node_modules/tries/stream.cjs': `try { module.exports = require('stream').Stream; } catch { module.exports = 'none'; }`,
    }).run();
    expect(result).toEqual(['none', 'MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']);
  });

  test('but code of the project that tries for one is told', async () => {
    const message = await new TemporaryProject({
      'workflows.ts': `export async function main() { try { return await import('node:fs'); } catch { return 0; } }`,
    }).bundleError();
    expect(message).toContain(`  - 'node:fs', imported by workflows.ts:1`);
  });

  test('where a package leaves it out for browsers, or replaces it', async () => {
    const result = await new TemporaryProject({
      'workflows.ts': `import { keys, net } from 'parser'; export async function main() { return [keys, net]; }`,
      'node_modules/parser/package.json': { main: 'index.js', browser: { fs: false, net: './net.js' } },
      'node_modules/parser/index.js': `exports.keys = Object.keys(require('fs')); exports.net = require('net');`,
      'node_modules/parser/net.js': `module.exports = 'own net';`,
    }).run();
    expect(result).toEqual([[], 'own net']);
  });
});

test('an import() of a package that is not there fails where an error is caught, and else when bundling', async () => {
  const result = await new TemporaryProject({
    'workflows.ts': `
      export async function main() {
        let tried;
        try { tried = await import('not-installed'); } catch (error) { tried = (error as any).code; }
        return [tried, await import('not-there').catch(() => 'caught')];
      }`,
  }).run();
  expect(result).toEqual(['MODULE_NOT_FOUND', 'caught']);
  const message = await new TemporaryProject({
    'workflows.ts': `export async function main() { return import('not-installed'); }`,
  }).bundleError();
  expect(message).toContain('Could not resolve: "not-installed"');
});

test('a package that is tried for and not there fails where it is tried for', async () => {
  const result = await new TemporaryProject({
    'node_modules/tries/index.js': `
      exports.optional = (function () { try { return require('not-installed'); } catch (error) { return error.code; } })();`,
    'workflows.ts': `import tries from 'tries'; export async function main() { return tries.optional; }`,
  }).run();
  expect(result).toBe('MODULE_NOT_FOUND');
});

test('modules of a barrel without side effects that nobody asks for are not evaluated', async () => {
  const note = (name: string): string => `(globalThis.seen ??= []).push('${name}');`;
  const result = await new TemporaryProject({
    'node_modules/barrel/package.json': { sideEffects: false, module: 'index.mjs' },
    'node_modules/barrel/index.mjs': `export { a } from './a.mjs'; export { b } from './b.mjs'; export * from './c.mjs';`,
    'node_modules/barrel/a.mjs': `${note('a')} export const a = 'a';`,
    'node_modules/barrel/b.mjs': `${note('b')} export const b = 'b';`,
    'node_modules/barrel/c.mjs': `${note('c')} export const c = 'c';`,
    'workflows.ts': `
      import { a } from 'barrel'; import * as barrel from 'barrel';
      export async function main() { return [a, [...(globalThis as any).seen], barrel.c, (globalThis as any).seen]; }`,
  }).run();
  expect(result).toEqual(['a', ['a'], 'c', ['a', 'c']]);
});
