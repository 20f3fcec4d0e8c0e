import { dirname } from 'node:path';
import type { OnResolveResult, PluginBuilder } from 'bun';
import type { BadImport } from './bad-imports.ts';
import { isDisallowed, isLibraryModule, moduleMatches, withoutNodePrefix } from './module-rules.ts';

/** What the modules that workflow code may import from Node consist of. */
const STAND_INS: Record<string, string> = {
  assert: 'module.exports = globalThis.assert;',
  url: 'module.exports = { URL, URLSearchParams };',
  util: 'module.exports = { TextEncoder, TextDecoder };',
};

export interface ImportRules {
  ignoreModules: readonly string[];
  /** Collects imports of modules that have no place in a workflow. */
  disallowed: BadImport[];
  /** Where a module of the library is found; undefined if it has no such module. */
  library(specifier: string, importer: string): OnResolveResult | undefined;
}

/** Has a build treat imports of packages and of built-in modules as it must be in a workflow. */
export function addImportRules(build: PluginBuilder, { ignoreModules, disallowed, library }: ImportRules): void {
  build.onResolve({ filter: /^[^./]/ }, ({ path: specifier, importer, kind }) => {
    const name = withoutNodePrefix(specifier);
    if (moduleMatches(name, ignoreModules)) return { path: name, namespace: 'temporal-ignored' };
    if (isLibraryModule(name) && !isDisallowed(name)) {
      // An external module can only be required, so an `import()` of one goes by way of a module that does.
      return kind === 'dynamic-import'
        ? { path: `of ${name}`, namespace: 'temporal-require' }
        : library(name, importer);
    }
    if (name in STAND_INS) return { path: name, namespace: 'temporal-stand-in' };
    if (!isDisallowed(name)) return undefined;
    // protobufjs looks whether there is a file system, and does without.
    if (!/[\\/]node_modules[\\/]@?protobufjs[\\/]/.test(importer)) disallowed.push({ specifier, importer });
    return { path: name, namespace: 'temporal-ignored' };
  });
  // Outside of workflows these packages import stubs, so that they need no `@temporalio/workflow`.
  build.onResolve({ filter: /[\\/]workflow-imports(\.[jt]s)?$/ }, ({ path, importer }) =>
    /[\\/]interceptors-opentelemetry(-v2)?[\\/]/.test(importer)
      ? { path: Bun.resolveSync(path.replace(/(\.[jt]s)?$/, '-impl'), dirname(importer)) }
      : undefined,
  );
  const ignoredPaths = ignoreModules.filter((name) => /^[./]/.test(name));
  if (ignoredPaths.length > 0) {
    build.onResolve({ filter: anyOf(ignoredPaths) }, ({ path }) => ({ path, namespace: 'temporal-ignored' }));
  }
  addModules(build, 'temporal-stand-in', (name) => STAND_INS[name] ?? '');
  addModules(
    build,
    'temporal-require',
    (path) => `module.exports = require(${JSON.stringify(path.slice('of '.length))});`,
  );
  // No exports, yet CommonJS: so importing a name from it is no error.
  addModules(build, 'temporal-ignored', () => 'module.exports = {};');
}

/** Modules that are made up, by the path that follows their namespace. */
export function addModules(build: PluginBuilder, namespace: string, contents: (path: string) => string): void {
  build.onLoad({ filter: /.*/, namespace }, ({ path }) => ({ contents: contents(path), loader: 'js' }));
}

/** Matches each of `texts`. */
export function anyOf(texts: readonly string[]): RegExp {
  return new RegExp(`^(?:${texts.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})$`);
}
