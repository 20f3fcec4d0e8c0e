import { describe, expect, spyOn, test } from 'bun:test';
import { existsSync, readFileSync } from 'node:fs';
import { cleanUpProjects, TemporaryProject, temporaryFolder } from '../../../tests/support/temporary-project.ts';
import { buildLibrary } from './build-library.ts';
import { BundleCache } from './bundle-cache.ts';
import { readPrebuiltLibrary, writePrebuiltLibrary } from './prebuilt-library.ts';
import { commonModules } from './shared-modules.ts';

cleanUpProjects();

const workflows = { 'workflows.ts': `export async function main() { return 'done'; }` };

/** Builds that the user's modules take: one finds them, the other compiles them. */
const USER_BUILDS = 2;

/** How many builds a bundle takes that is in no cache. */
async function buildsOf(project: TemporaryProject, ...[options]: Parameters<TemporaryProject['bundle']>) {
  const builds = spyOn(Bun, 'build');
  try {
    await project.bundle(options, new BundleCache(temporaryFolder()));
    return builds.mock.calls.length;
  } finally {
    builds.mockRestore();
  }
}

describe('the library bundle that this package comes with', () => {
  // If it is not: `scripts/install-packages bun-bindings`.
  test('is what a build makes', async () => {
    const { code, map } = await buildLibrary(commonModules(), []);
    const prebuilt = readPrebuiltLibrary([]);
    expect(prebuilt?.code).toBe(code);
    const { sources, mappings } = JSON.parse(prebuilt?.map ?? '{}');
    expect({ sources, mappings }).toEqual({ sources: map.sources, mappings: map.mappings });
    const files = sources.filter((source: string) => source.startsWith('/'));
    expect(files.length).toBeGreaterThan(50);
    expect(files.filter((source: string) => !existsSync(source))).toEqual([]);
  });

  test('saves bundling it', async () => {
    expect(await buildsOf(new TemporaryProject(workflows))).toBe(USER_BUILDS);
    expect(await buildsOf(new TemporaryProject(workflows), { ignoreModules: ['fs'] })).toBe(USER_BUILDS);
  });

  test('is not used if a bundle needs another', async () => {
    const importing = { 'workflows.ts': `import '@temporalio/workflow/lib/trigger'; ${workflows['workflows.ts']}` };
    expect(await buildsOf(new TemporaryProject(importing))).toBeGreaterThan(USER_BUILDS);
    expect(await buildsOf(new TemporaryProject(workflows), { ignoreModules: ['long'] })).toBeGreaterThan(USER_BUILDS);
    expect(await buildsOf(new TemporaryProject(workflows), { ignoreModules: ['./errors'] })).toBeGreaterThan(
      USER_BUILDS,
    );
  });
});

describe('a prebuilt library bundle', () => {
  /** A package with one, which was made of two packages. */
  async function prebuilt(): Promise<TemporaryProject> {
    const project = new TemporaryProject({
      'src/inside.ts': 'the inside',
      'node_modules/@scope/library/package.json': { name: '@scope/library' },
      'node_modules/@scope/library/index.js': 'the library',
      'node_modules/@scope/library/node_modules/nested/package.json': { name: 'nested' },
      'node_modules/@scope/library/node_modules/nested/index.js': 'what it needs',
    });
    const [inside, library, nested] = [
      'src/inside.ts',
      'node_modules/@scope/library/index.js',
      'node_modules/@scope/library/node_modules/nested/index.js',
    ].map((name) => project.path(name)) as [string, string, string];
    const map = { version: 3, sources: ['made:up', inside, nested], sourcesContent: [], names: [], mappings: 'AAAA' };
    const imports = new Map([
      ['made:up', [{ path: inside, specifier: inside }]],
      [inside, [{ path: library, specifier: '@scope/library' }]],
      [library, [{ path: nested, specifier: 'nested' }]],
      [nested, [{ path: 'made:nothing', specifier: 'fs' }]],
    ]);
    const inputs = [inside, library, nested];
    await writePrebuiltLibrary({ code: 'built code', map, inputs, imports }, project.root);
    return project;
  }

  test('holds wherever the packages are', async () => {
    const project = await prebuilt();
    const part = readPrebuiltLibrary([], project.root);
    expect(part?.code).toBe('built code');
    const installed = new TemporaryProject();
    installed.copy(project, 'prebuilt', 'node_modules/temporal-bun-sdk/prebuilt');
    installed.copy(project, 'src', 'node_modules/temporal-bun-sdk/src');
    installed.copy(project, 'node_modules/@scope', 'node_modules/@scope');
    const moved = readPrebuiltLibrary([], installed.path('node_modules/temporal-bun-sdk'));
    expect(moved?.code).toBe('built code');
    expect(JSON.parse(moved?.map ?? '{}')).toEqual({
      version: 3,
      sources: [
        'made:up',
        installed.path('node_modules/temporal-bun-sdk/src/inside.ts'),
        installed.path('node_modules/@scope/library/node_modules/nested/index.js'),
      ],
      names: [],
      mappings: 'AAAA',
    });
  });

  test.each([
    ['a source of this package', 'src/inside.ts'],
    ['a module of a package', 'node_modules/@scope/library/node_modules/nested/index.js'],
    ['what a package says of itself', 'node_modules/@scope/library/package.json'],
  ])('does not hold if %s has changed', async (_, name) => {
    const project = await prebuilt();
    project.write({ [name]: 'something else' });
    expect(readPrebuiltLibrary([], project.root)).toBeUndefined();
  });

  test('does not hold if a package is missing, or another one is found in its place', async () => {
    const project = await prebuilt();
    project.remove('node_modules/@scope/library/node_modules');
    expect(readPrebuiltLibrary([], project.root)).toBeUndefined();
    project.write({ 'node_modules/nested/package.json': { name: 'nested' }, 'node_modules/nested/index.js': 'other' });
    expect(readPrebuiltLibrary([], project.root)).toBeUndefined();
  });

  test('does not hold if a bundle leaves out a module that it imports', async () => {
    const { root } = await prebuilt();
    expect(readPrebuiltLibrary(['path', 'nest'], root)).toBeDefined();
    expect(readPrebuiltLibrary(['fs'], root)).toBeUndefined();
    expect(readPrebuiltLibrary(['@scope/library'], root)).toBeUndefined();
  });

  test('that is damaged is as none', async () => {
    const project = await prebuilt();
    const text = readFileSync(project.path('prebuilt/library-bundle.txt'), 'utf8');
    for (const length of [text.length - 1, 10]) {
      project.write({ 'prebuilt/library-bundle.txt': text.slice(0, length) });
      expect(readPrebuiltLibrary([], project.root)).toBeUndefined();
    }
    project.remove('prebuilt');
    expect(readPrebuiltLibrary([], project.root)).toBeUndefined();
  });
});
