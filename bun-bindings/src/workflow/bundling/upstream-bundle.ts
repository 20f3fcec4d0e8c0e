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

/** Whether `bundleWorkflowCode()` of `@temporalio/worker` made `text`, whatever its version is. */
export function isUpstreamBundle(text: string): boolean {
  return text.startsWith(START);
}

/**
 * Makes a bundle of one that `@temporalio/worker` made.
 *
 * Such a bundle is one script of webpack with a copy of the library in it. It takes the modules that it has loaded from
 * outside, and that is where it gets our library from, as if it had been loaded before. The rest of it serves as the user's
 * part. Preloaded modules are no longer shared.
 *
 * @returns undefined if the bundle is not of the form that this relies on: it was minified, for example.
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
  // The whole script is one module. On the lines that are there, so that the source map holds.
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

/** What the host does here, and bundles of `@temporalio/worker` do by themselves. No workflow asks for any of it. */
const DONE_BY_HOST = /\/@temporalio\/workflow\/lib\/(worker-interface|global-overrides|internals)\.js$/;

/** The code that gives our module for one of a bundle; undefined if the bundle is to use its own. */
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

/** What to tell of the version of the library that the bundle was made with, if it is not ours. */
export function versionWarning(text: string): string | undefined {
  const [, version] = /\{"name":"@temporalio\/workflow","version":"([^"]+)"/.exec(text) ?? [];
  if (version === undefined || version === packageJson.version) return undefined;
  return (
    `The workflow bundle was made with @temporalio/workflow ${version}, but workflows get ${packageJson.version}, the ` +
    'version that temporal-bun-sdk comes with'
  );
}
