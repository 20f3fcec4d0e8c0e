import { fileURLToPath } from 'node:url';
import type { BunPlugin } from 'bun';
import { buildBuiltinModules } from './builtin-modules.ts';
import { type BuildOutput, runBuild } from './bun-build.ts';
import { addImportRules, addModules } from './import-rules.ts';
import { entryModule, resolveShared } from './shared-modules.ts';

const NOTING_PROMISE = fileURLToPath(new URL('../sandbox/inside/globals/promise.ts', import.meta.url));

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
