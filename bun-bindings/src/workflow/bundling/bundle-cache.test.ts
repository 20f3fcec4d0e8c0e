import { afterAll, beforeEach, describe, expect, spyOn, test } from 'bun:test';
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import { join } from 'node:path';
import { cleanUpProjects, TemporaryProject, temporaryFolder } from '../../../tests/support/temporary-project.ts';
import { BundleCache, LateCache } from './bundle-cache.ts';

cleanUpProjects();

const builds = spyOn(Bun, 'build');
afterAll(() => builds.mockRestore());

const folder = temporaryFolder();
const cache = new BundleCache(folder);

function workflows(text: string): string {
  return `import { helper } from './helper'; export async function main() { return helper('${text}'); }`;
}

/** A project whose bundle is in the cache. */
async function cachedProject(files: Record<string, string | object> = {}): Promise<TemporaryProject> {
  const project = new TemporaryProject({
    'workflows.ts': workflows('first'),
    'helper.ts': `export const helper = (text: string): string => text;`,
    ...files,
  });
  await settled(project);
  await project.bundle({}, cache);
  builds.mockClear();
  return project;
}

/** Files of this very moment are not cached, as it is not known whether the build saw their last change. */
async function settled(project: TemporaryProject): Promise<void> {
  const written = Date.now();
  do project.write({ clock: '' });
  while (Bun.file(project.path('clock')).lastModified < written + 50);
}

/** The source of each part of the bundle: `user` if it had to be built, `cache` if not. */
async function madeFrom(project: TemporaryProject, ...args: Parameters<TemporaryProject['bundle']>): Promise<string> {
  builds.mockClear();
  await project.bundle(args[0], args[1] ?? cache);
  return builds.mock.calls.length === 0 ? 'cache' : 'build';
}

beforeEach(() => {
  builds.mockClear();
});

describe('a bundle is taken from the cache', () => {
  test('as long as nothing changes', async () => {
    const project = await cachedProject();
    expect(await madeFrom(project)).toBe('cache');
    expect(await project.bundle({}, cache)).toEqual(await project.bundle({}, new BundleCache(temporaryFolder())));
  });

  test('if files are written again with the same content, or only their times change', async () => {
    const project = await cachedProject();
    project.write({ 'workflows.ts': workflows('first') });
    utimesSync(project.path('helper.ts'), new Date(0), new Date(0));
    expect(await madeFrom(project)).toBe('cache');
  });

  test('if files come and go that are none of its business', async () => {
    const project = await cachedProject({ 'notes.txt': 'one' });
    project.write({ 'notes.txt': 'two', 'database.sqlite': '', '.settings': '' });
    expect(await madeFrom(project)).toBe('cache');
  });
});

describe('a bundle is made again', () => {
  const changes: Record<string, (project: TemporaryProject) => unknown> = {
    'the workflows change': (project) => project.write({ 'workflows.ts': workflows('other') }),
    'a module changes, and its size and time do not': (project) => {
      const path = project.path('helper.ts');
      const { lastModified } = Bun.file(path);
      project.write({ 'helper.ts': `export const helper = (text: string): string => 'a'; ` });
      project.write({ 'helper.ts': `export const helper = (text: string): string => 'b';` });
      utimesSync(path, lastModified / 1000, lastModified / 1000);
    },
    'a package changes': (project) => project.write({ 'node_modules/pkg/index.js': `exports.value = 2;` }),
    'the package.json of a package changes': (project) =>
      project.write({ 'node_modules/pkg/package.json': { name: 'pkg', main: 'other.js' } }),
    'a package appears nearer by': (project) =>
      project.write({ 'src/node_modules/pkg/index.js': `exports.value = 3;` }),
    'a link leads elsewhere': (project) => {
      project.remove('node_modules/linked');
      project.link('node_modules/linked', 'packages/b');
    },
    'a tsconfig.json appears': (project) => project.write({ 'src/tsconfig.json': {} }),
    'a tsconfig.json changes': (project) =>
      project.write({ 'tsconfig.json': { extends: './base.json', compilerOptions: { experimentalDecorators: true } } }),
    'what a tsconfig.json extends changes': (project) => project.write({ 'base.json': { compilerOptions: {} } }),
    'a module appears that goes before another': (project) =>
      project.write({ 'src/inner.ts': `export const inner = 'file';` }),
    'a source map of a compiled module appears': (project) => project.write({ 'src/compiled.js.map': '{}' }),
    'a module is gone': (project) => project.remove('src/unused.ts'),
  };

  const files = {
    'workflows.ts': `
      import './src/unused.ts';
      import { helper } from './helper';
      import { value } from './src/value.ts';
      export async function main() { return [helper('x'), value]; }`,
    'helper.ts': `export const helper = (text: string): string => text;`,
    'tsconfig.json': { extends: './base.json' },
    'base.json': { compilerOptions: { strict: true } },
    'src/value.ts': `
      import { value as packaged } from 'pkg'; import { linked } from 'linked';
      import { inner } from './inner'; import { compiled } from './compiled.js';
      export const value = [packaged, linked, inner, compiled];`,
    'src/inner/index.ts': `export const inner = 'folder';`,
    'src/unused.ts': `export {};`,
    'src/compiled.js': `exports.compiled = 1;\n//# sourceMappingURL=compiled.js.map\n`,
    'node_modules/pkg/package.json': { name: 'pkg', main: 'index.js' },
    'node_modules/pkg/index.js': `exports.value = 1;`,
    'node_modules/pkg/other.js': `exports.value = 'other';`,
    'packages/a/index.js': `exports.linked = 'a';`,
    'packages/b/index.js': `exports.linked = 'b';`,
  };

  test.each(Object.entries(changes))('if %s', async (_name, change) => {
    const project = new TemporaryProject(files);
    project.link('node_modules/linked', 'packages/a');
    await settled(project);
    await project.bundle({}, cache);
    expect(await madeFrom(project)).toBe('cache');
    change(project);
    builds.mockClear();
    await project.bundle({}, cache).catch(() => undefined);
    expect(builds).toHaveBeenCalled();
  });

  test('if its options are others', async () => {
    const project = await cachedProject({ 'converter.ts': '', 'interceptors.ts': '', 'second.ts': '' });
    const converter = project.path('converter.ts');
    expect(await madeFrom(project, { ignoreModules: ['fs'] })).toBe('build');
    expect(await madeFrom(project, { preloadModules: [project.path('helper.ts')] })).toBe('build');
    expect(await madeFrom(project, { payloadConverterPath: converter })).toBe('build');
    expect(await madeFrom(project, { failureConverterPath: converter })).toBe('build');
    expect(await madeFrom(project, { workflowInterceptorModules: [project.path('interceptors.ts')] })).toBe('build');
    expect(await madeFrom(project, { workflowsPath: project.path('second.ts') })).toBe('build');
    expect(await madeFrom(project)).toBe('cache');
  });

  test('and means what the sources say now', async () => {
    const project = await cachedProject();
    const code = async (): Promise<string> => (await project.bundle({}, cache)).workflows.code;
    expect(await code()).toContain('"first"');
    project.write({ 'workflows.ts': workflows('second') });
    expect(await code()).toContain('"second"');
    project.write({ 'workflows.ts': workflows('first') });
    expect(await code()).toContain('"first"');
  });
});

test('a late cache is written when what waits for the bundle has gone on', async () => {
  const own = temporaryFolder();
  const project = await cachedProject();
  const isWritten = () => readdirSync(own).some((name) => name.endsWith('.bundle'));
  const changes = watch(own)[Symbol.asyncIterator]();
  let changed = changes.next();
  await project.bundle({}, new LateCache(own));
  expect(isWritten()).toBe(false);
  while (!isWritten()) {
    await changed;
    changed = changes.next();
  }
  await changes.return?.();
  expect(await madeFrom(project, {}, new BundleCache(own))).toBe('cache');
});

describe('the cache does no harm', () => {
  test('where nothing can be written', async () => {
    const blocked = new TemporaryProject({ file: '' }).path('file');
    const project = await cachedProject();
    expect(await madeFrom(project, {}, new BundleCache(join(blocked, 'cache')))).toBe('build');
  });

  test.each<[string, (whole: Buffer) => Buffer]>([
    ['other bytes', () => Buffer.from('{"value":')],
    ['nothing', () => Buffer.of()],
    ['half of it', (whole) => whole.subarray(0, whole.length / 2)],
  ])('if its files are damaged: %s', async (_, damaged) => {
    const own = temporaryFolder();
    const project = await cachedProject();
    await project.bundle({}, new BundleCache(own));
    for (const name of readdirSync(own)) writeFileSync(join(own, name), damaged(readFileSync(join(own, name))));
    expect(await madeFrom(project, {}, new BundleCache(own))).toBe('build');
    expect(await madeFrom(project, {}, new BundleCache(own))).toBe('cache');
  });

  test('if several bundle at once', async () => {
    const own = new BundleCache(temporaryFolder());
    const project = await cachedProject();
    const bundles = await Promise.all(Array.from({ length: 4 }, () => project.bundle({}, own)));
    for (const bundle of bundles) expect(bundle.workflows).toEqual((await project.bundle({}, own)).workflows);
    expect(await madeFrom(project, {}, own)).toBe('cache');
  });

  test('to a file that changes while it is bundled', async () => {
    const project = await cachedProject();
    project.write({ 'workflows.ts': workflows('in haste') });
    await project.bundle({}, cache);
    expect(await madeFrom(project)).toBe('build');
  });
});
