import type { BunPlugin } from 'bun';
import { buildPart } from './bun-build.ts';
import type { BundlePart } from './bundle.ts';
import { cachePart, readCachedPart } from './library-cache.ts';

/** Modules that workflows commonly import, and that the library consists of anyway. */
const COMMON_MODULES = ['@temporalio/workflow', '@temporalio/common', 'nexus-rpc', 'long'];

const INSIDE = new URL('./isolate/inside/main.ts', import.meta.url).pathname;

/** A module that the library part answers for, and the file that it is. */
export interface LibraryModule {
  specifier: string;
  path: string;
}

/**
 * Builds the library part of a bundle: the code inside an isolate, and the modules that workflow code shares with it.
 *
 * Most bundles need the same one, so it is kept in a cache directory.
 */
export async function buildLibrary(extra: Iterable<LibraryModule>): Promise<BundlePart> {
  const modules = new Map(COMMON_MODULES.map((specifier) => [specifier, resolveShared(specifier)]));
  for (const { specifier, path } of extra) modules.set(specifier, path);
  const entry = entryModule([...modules].sort());
  const cached = await readCachedPart(entry);
  if (cached !== undefined) return cached;

  const { code, map, inputs } = await buildPart('Cannot build the library part of the workflow bundle', {
    entrypoints: ['temporal:library'],
    minify: { whitespace: true },
    plugins: [libraryPlugin(entry)],
  });
  const part = { code, map: withoutContents(map) };
  await cachePart(entry, part, inputs);
  return part;
}

/** The file of a module of `@temporalio`: always the copy that this package depends on, as two would not know each other's classes. */
export function resolveShared(specifier: string): string {
  return require.resolve(specifier);
}

function entryModule(modules: [specifier: string, path: string][]): string {
  const entries = modules.map(([specifier, path]) => `${JSON.stringify(specifier)}: require(${JSON.stringify(path)}),\n`);
  // `require` evaluates a module where it stands: after the inside has put its globals in place.
  return `exports.install = require(${JSON.stringify(INSIDE)}).install;\nexports.modules = {\n${entries.join('')}};\n`;
}

function libraryPlugin(entry: string): BunPlugin {
  return {
    name: 'temporal-workflow-library',
    setup(build) {
      build.onResolve({ filter: /^temporal:library$/ }, () => ({ path: 'library', namespace: 'temporal' }));
      build.onLoad({ filter: /^library$/, namespace: 'temporal' }, () => ({ contents: entry, loader: 'js' }));
      // The inside of an isolate sets custom converters itself, as each run has its own.
      build.onResolve({ filter: /^__temporal_custom_(payload|failure)_converter$/ }, () => ({ path: 'nothing', namespace: 'temporal' }));
      build.onLoad({ filter: /^nothing$/, namespace: 'temporal' }, () => ({ contents: 'module.exports = {};', loader: 'js' }));
    },
  };
}

/** The sources of the library are on every disk that it is installed on: no need to carry them in each bundle. */
function withoutContents(mapText: string): string {
  const { sourcesContent: _, ...map } = JSON.parse(mapText) as Record<string, unknown>;
  return JSON.stringify(map);
}
