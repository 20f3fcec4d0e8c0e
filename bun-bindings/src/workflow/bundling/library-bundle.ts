import { fileURLToPath } from 'node:url';
import type { BunPlugin } from 'bun';
import { buildBuiltinModules } from './builtin-modules.ts';
import { type BuildOutput, runBuild } from './bun-build.ts';
import type { BundleCache } from './bundle-cache.ts';
import { dependenciesOf, ownSources } from './bundle-dependencies.ts';
import { addImportRules, addModules } from './import-rules.ts';
import type { MappedCode } from './loaded-bundle.ts';
import { readPrebuiltLibrary } from './prebuilt-library.ts';

/** Modules that workflows commonly import, and that the library consists of anyway. */
const COMMON_MODULES = ['@temporalio/workflow', '@temporalio/common', 'nexus-rpc', 'long'];

const INSIDE = fileURLToPath(new URL('../sandbox/inside/main.ts', import.meta.url));
const NOTING_PROMISE = fileURLToPath(new URL('../sandbox/inside/globals/promise.ts', import.meta.url));

/** Names of the modules that every library bundle answers for, by their files. */
export function commonModules(): Map<string, string> {
  return new Map(COMMON_MODULES.map((name) => [resolveShared(name), name]));
}

/**
 * Gives the library bundle of a bundle: the code inside an isolate, and the modules that workflow code shares with it. Most
 * bundles need the one that this package comes with. Others are built, and kept in a cache directory.
 *
 * @param shared names of modules that workflow code finds in it, by their files.
 */
export async function libraryBundle(
  shared: ReadonlyMap<string, string>,
  ignoreModules: readonly string[],
  cache: BundleCache,
): Promise<MappedCode> {
  const entry = entryModule(shared);
  const prebuilt = entry === entryModule(commonModules()) ? readPrebuiltLibrary(ignoreModules) : undefined;
  if (prebuilt !== undefined) return prebuilt;
  const started = Date.now();
  const key = JSON.stringify(['library', entry, ignoreModules]);
  const cached = cache.read<MappedCode>(key);
  if (cached !== undefined) return cached;

  const { code, map, inputs, imports } = await buildLibrary(shared, ignoreModules);
  // The sources of the library are on every disk that it is installed on: no need to carry them in each bundle.
  const { sourcesContent: _, ...mapWithoutContents } = map;
  const part = { code, map: JSON.stringify(mapWithoutContents) };
  await cache.write(key, part, dependenciesOf([...inputs, ...ownSources()], imports), started);
  return part;
}

/** Builds a library bundle, whatever there is of it. */
export async function buildLibrary(
  shared: ReadonlyMap<string, string>,
  ignoreModules: readonly string[],
): Promise<BuildOutput> {
  const builtins = await buildBuiltinModules();
  const library = await runBuild('Cannot build the library bundle of the workflow bundle', {
    entrypoints: ['temporal:entry'],
    minify: { whitespace: true },
    plugins: [libraryPlugin(shared, ignoreModules, builtins.code)],
  });
  return {
    ...library,
    inputs: [...library.inputs, ...builtins.inputs],
    imports: new Map([...library.imports, ...builtins.imports]),
  };
}

/** The file of a module of `@temporalio`: always the copy that this package depends on, as two would not know each other's classes. */
export function resolveShared(specifier: string): string {
  return require.resolve(specifier);
}

function entryModule(modules: ReadonlyMap<string, string>): string {
  const entries = [...modules]
    .sort()
    .map(([path, name]) => `${JSON.stringify(name)}: require(${JSON.stringify(path)}),\n`);
  // `require` evaluates a module where it stands: after the inside has put its globals in place.
  return `exports.install = require(${JSON.stringify(INSIDE)}).install;\nexports.modules = {\n${entries.join('')}};\n`;
}

function libraryPlugin(
  shared: ReadonlyMap<string, string>,
  ignoreModules: readonly string[],
  builtinModules: string,
): BunPlugin {
  return {
    name: 'temporal-workflow-library',
    setup(build) {
      build.onResolve({ filter: /^temporal:entry$/ }, () => ({ path: 'entry', namespace: 'temporal' }));
      addModules(build, 'temporal', () => entryModule(shared));
      build.onResolve({ filter: /^temporal:builtin-modules$/ }, () => ({
        path: 'builtin-modules',
        namespace: 'temporal-builtins',
      }));
      addModules(build, 'temporal-builtins', () => builtinModules);
      // The inside of an isolate sets custom converters itself, as each run has its own.
      build.onResolve({ filter: /^__temporal_custom_(payload|failure)_converter$/ }, ({ path }) => ({
        path,
        namespace: 'temporal-ignored',
      }));
      // A trigger is a wait of workflow code, so its promise is noted for stack-trace queries as workflow code's own are.
      build.onLoad({ filter: /[\\/]@temporalio[\\/]workflow[\\/]lib[\\/]trigger\.js$/ }, async ({ path }) => ({
        contents: `const { Promise } = require(${JSON.stringify(NOTING_PROMISE)});${await Bun.file(path).text()}`,
        loader: 'js',
      }));
      // It clones what a workflow hands to a sink if it finds `structuredClone`, and fails the workflow if that cannot be
      // cloned. A copy is made anyway, once it is known that somebody listens.
      build.onLoad({ filter: /[\\/]@temporalio[\\/]workflow[\\/]lib[\\/]sinks\.js$/ }, async ({ path }) => ({
        contents: `const globalThis = {};${await Bun.file(path).text()}`,
        loader: 'js',
      }));
      addImportRules(build, {
        ignoreModules,
        disallowed: [],
        library: (name) => ({ path: resolveShared(name) }),
      });
    },
  };
}
