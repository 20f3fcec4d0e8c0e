import packageJson from '@temporalio/workflow/package.json' with { type: 'json' };
import { type BundleCache, defaultCache } from './bundle-cache.ts';
import { libraryBundle } from './library-bundle.ts';
import type { LoadedBundle } from './loaded-bundle.ts';
import { isDisallowed, isLibraryModule } from './module-rules.ts';
import { scriptTable } from './module-table.ts';
import { commonModules, resolveShared } from './shared-modules.ts';

/** Comments and directives may come first: minifiers move licences there. */
const START = /^(?:\s|\/\*[\s\S]*?\*\/|\/\/[^\n]*\n|(["'])use strict\1;?)*var __TEMPORAL__\b/;
const SOURCE_MAP = /\n?\/\/# sourceMappingURL=data:application\/json;[^,]*base64,([\w+/=]+)\s*$/;
const NO_MAP = JSON.stringify({ version: 3, sources: [], sourcesContent: [], names: [], mappings: '' });

/** Characters that webpack and minifiers may write between two tokens. */
const SPACE = String.raw`(?:\s|/\*(?:[^*]|\*(?!/))*\*/)*`;
const WORKER_INTERFACE = String.raw`["'\`]([^"'\`\n]*@temporalio/workflow/lib/worker-interface\.js)["'\`]`;

/** Whether `text` is a bundle of `bundleWorkflowCode()` of any version of `@temporalio/worker`. */
export function isUpstreamBundle(text: string): boolean {
  return START.test(text);
}

/**
 * Converts a bundle of `@temporalio/worker`, which may have been minified.
 *
 * Such a bundle is one script of webpack that includes a copy of the library. Its module cache is replaced by one that has
 * this package's library in it, as if that had been loaded before. The script then serves as the user bundle: each run
 * evaluates it, so that all module state in it is that of the run. Preloaded modules are no longer shared.
 *
 * @returns undefined if the bundle does not have the expected form, for example because its modules have no names.
 */
export async function adoptUpstreamBundle(
  text: string,
  cache: BundleCache = defaultCache,
): Promise<LoadedBundle | undefined> {
  const [comment = '', encodedMap] = SOURCE_MAP.exec(text) ?? [];
  const code = text.slice(0, text.length - comment.length);
  const runtime = findRuntime(code);
  if (runtime === undefined) return undefined;

  const shared = commonModules();
  const loaded = libraryIds(code).flatMap((id) => {
    const name = libraryName(id, shared);
    return name === undefined ? [] : [`${JSON.stringify(id)}: { exports: ${name} }`];
  });
  const exports = ['payload', 'failure'].map((kind) => {
    const id = converterId(code, kind);
    return `${kind}Converter: () => (${id === undefined ? '{}' : `__temporal_bundle.require(${JSON.stringify(id)})`})`;
  });
  // The whole script becomes one module. Nothing adds a line to it, so that the source map stays valid.
  const script = replaceParts(code, [
    { at: [0, 0], by: `const __temporal_bundle = { loaded: { ${loaded.join(', ')} } };` },
    // A dependency that webpack has bundled before has a cache of its own, which upstream may take for that of the bundle.
    ...runtime.otherCaches.map((at) => ({ at, by: '{}' })),
    { at: runtime.cache, by: '__temporal_bundle.loaded' },
    { at: [runtime.end, runtime.end], by: `__temporal_bundle.require = ${runtime.require}, ` },
  ]);
  return {
    workflows: {
      code: scriptTable(
        `${script}\n;Object.assign(exports, __TEMPORAL__, { ${exports.join(', ')} });`,
        shared.values(),
      ),
      map: encodedMap === undefined ? NO_MAP : Buffer.from(encodedMap, 'base64').toString(),
    },
    library: await libraryBundle(shared, [], cache),
  };
}

/** A place in a text, from one index to another. */
type Span = [from: number, to: number];

/** The parts of webpack's runtime in a bundle, whatever a minifier has named them. */
interface WebpackRuntime {
  /** The name of the function that requires a module. */
  require: string;
  /** The value that the module cache begins with. */
  cache: Span;
  /** The values of the caches of other runtimes that were mistaken for it. */
  otherCaches: Span[];
  /** Where the exports of the bundle are assigned. */
  end: number;
}

function findRuntime(code: string): WebpackRuntime | undefined {
  // The runtime comes after the modules, and the entry after the runtime.
  const entry = lastMatch(code, new RegExp(String.raw`([\w$]+)\(${SPACE}${WORKER_INTERFACE}${SPACE}\)`, 'g'));
  const end = lastMatch(code, /(?<![\w$.])__TEMPORAL__\s*=(?!=)/g);
  const require = entry?.[1];
  if (require === undefined || end === undefined) return undefined;
  const at = code.lastIndexOf(`function ${require}(`);
  if (at === -1) return undefined;
  const [, parameter = ''] = /\(([\w$]+)\)/.exec(code.slice(at)) ?? [];
  const [, name] = new RegExp(String.raw`([\w$]+)\[${escaped(parameter)}\]`).exec(code.slice(at)) ?? [];
  if (parameter === '' || name === undefined) return undefined;
  const assigned = String.raw`(?<![\w$.])${escaped(name)}\s*=\s*(globalThis\.__webpack_module_cache__|\{\s*\})`;
  const cache = lastMatch(code.slice(0, at), new RegExp(assigned, 'g'));
  if (cache === undefined) return undefined;
  const [whole, value = ''] = cache;
  const until = cache.index + whole.length;
  return {
    require,
    cache: [until - value.length, until],
    otherCaches: value.startsWith('{') ? mistakenCaches(code.slice(0, cache.index)) : [],
    end: end.index,
  };
}

function mistakenCaches(code: string): Span[] {
  return [...code.matchAll(/(?<==\s*)globalThis\.__webpack_module_cache__/g)].map(({ 0: value, index }) => [
    index,
    index + value.length,
  ]);
}

/** The ids of modules that may be the library's. */
function libraryIds(code: string): string[] {
  const id = new RegExp(String.raw`["'\`]([^"'\`\n]*/node_modules/[^"'\`\n]+)["'\`](?=${SPACE}[(:])`, 'g');
  return [...new Set([...code.matchAll(id)].map(([, found = '']) => found))];
}

/** The id of the module that a custom converter comes from: the library requires it. */
function converterId(code: string, kind: string): string | undefined {
  const module = new RegExp(`${WORKER_INTERFACE}${SPACE}[(:]`).exec(code);
  if (module === null) return undefined;
  const required = new RegExp(String.raw`\(${SPACE}["'\`]([^"'\`\n]+)["'\`]\)${SPACE}\)?\.${kind}Converter\b`);
  return required.exec(code.slice(module.index))?.[1];
}

function lastMatch(text: string, pattern: RegExp): RegExpExecArray | undefined {
  return [...text.matchAll(pattern)].at(-1);
}

function escaped(name: string): string {
  return name.replaceAll('$', String.raw`\$`);
}

/** Replaces parts of a text, which are in their order. */
function replaceParts(text: string, parts: { at: Span; by: string }[]): string {
  let replaced = '';
  let done = 0;
  for (const { at, by } of parts) {
    replaced += text.slice(done, at[0]) + by;
    done = at[1];
  }
  return replaced + text.slice(done);
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
