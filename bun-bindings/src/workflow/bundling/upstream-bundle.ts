import packageJson from '@temporalio/workflow/package.json' with { type: 'json' };
import { type BundleCache, defaultCache } from './bundle-cache.ts';
import { commonModules, libraryBundle, resolveShared } from './library-bundle.ts';
import type { LoadedBundle } from './loaded-bundle.ts';
import { isDisallowed, isLibraryModule } from './module-rules.ts';
import { scriptTable } from './module-table.ts';

const START = 'var __TEMPORAL__;';
const MODULE_CACHE = 'const __webpack_module_cache__ = globalThis.__webpack_module_cache__;';
const END = '__TEMPORAL__ = __webpack_exports__;';
const SOURCE_MAP = /\n\/\/# sourceMappingURL=data:application\/json;[^,]*base64,([\w+/=]+)\s*$/;

/** Whether `text` is a bundle of `bundleWorkflowCode()` of any version of `@temporalio/worker`. */
export function isUpstreamBundle(text: string): boolean {
  return text.startsWith(START);
}

/**
 * Converts a bundle of `@temporalio/worker`.
 *
 * Such a bundle is one script of webpack that includes a copy of the library. Its module cache comes from outside, so
 * this package's library is put there as if it had been loaded before. The script then serves as the user bundle.
 * Preloaded modules are no longer shared.
 *
 * @returns undefined if the bundle does not have the expected form, for example because it was minified.
 */
export async function adoptUpstreamBundle(
  text: string,
  cache: BundleCache = defaultCache,
): Promise<LoadedBundle | undefined> {
  const [comment, encodedMap] = SOURCE_MAP.exec(text) ?? [];
  const modules = [...text.matchAll(/^\/\*{3}\/ "([^"\n]+)"/gm)].map(([, id = '']) => id);
  const ends = text.split(END).length - 1;
  if (comment === undefined || encodedMap === undefined || modules.length === 0 || ends !== 1) return undefined;
  if (!text.includes(MODULE_CACHE)) return undefined;

  const shared = commonModules();
  const loaded = modules.flatMap((id) => {
    const name = libraryName(id, shared);
    return name === undefined ? [] : [`${JSON.stringify(id)}: { exports: ${name} }`];
  });
  const exports = ['payload', 'failure'].map((kind) => {
    const [, id] = new RegExp(`/\\*! __temporal_custom_${kind}_converter \\*/ ("[^"\\n]+")`).exec(text) ?? [];
    return `${kind}Converter: () => (${id === undefined ? '{}' : `__webpack_require__(${id})`})`;
  });
  // The whole script becomes one module, without new lines, so that the source map stays valid.
  const script = text
    .slice(0, -comment.length)
    .replace(START, () => `const __temporal_loaded = { ${loaded.join(', ')} };`)
    .replace(MODULE_CACHE, 'const __webpack_module_cache__ = __temporal_loaded;')
    .replace(END, () => `Object.assign(exports, __webpack_exports__, { ${exports.join(', ')} });`);
  return {
    workflows: { code: scriptTable(script, shared.values()), map: Buffer.from(encodedMap, 'base64').toString() },
    library: await libraryBundle(shared, [], cache),
  };
}

/** Modules of `@temporalio/worker` bundles whose work the host does here. Workflows do not use them. */
const DONE_BY_HOST = /\/@temporalio\/workflow\/lib\/(worker-interface|global-overrides|internals)\.js$/;

/** Returns code that replaces a module of the bundle by the library's. Undefined to keep the bundle's own module. */
function libraryName(id: string, shared: Map<string, string>): string | undefined {
  if (DONE_BY_HOST.test(id)) return '{ overrideGlobals() {} }';
  const path =
    id
      .split('/node_modules/')
      .at(-1)
      ?.replace(/\.[cm]?js$/, '') ?? '';
  const specifier = path.startsWith('long/') ? 'long' : path;
  if (!id.includes('/node_modules/') || !isLibraryModule(specifier) || isDisallowed(specifier)) return undefined;
  try {
    const file = resolveShared(specifier);
    const name = shared.get(file) ?? specifier;
    shared.set(file, name);
    return `require(${JSON.stringify(name)})`;
  } catch {
    return undefined;
  }
}

/** A warning if the bundle was made with another version of @temporalio/workflow. */
export function versionWarning(text: string): string | undefined {
  const [, version] = /\{"name":"@temporalio\/workflow","version":"([^"]+)"/.exec(text) ?? [];
  if (version === undefined || version === packageJson.version) return undefined;
  return (
    `The workflow bundle was made with @temporalio/workflow ${version}, but workflows get ${packageJson.version}, the ` +
    'version that temporal-bun-sdk comes with'
  );
}
