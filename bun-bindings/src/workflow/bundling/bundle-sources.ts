import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Entry } from './module-graph.ts';

/** The inputs of a user bundle. Paths are absolute or relative to the working directory. */
export interface UserBundleOptions {
  workflowsPath: string;
  workflowInterceptorModules: string[];
  payloadConverterPath: string | undefined;
  failureConverterPath: string | undefined;
  ignoreModules: string[];
  preloadModules: string[];
}

/** The modules that a user bundle starts with. */
export interface Sources {
  /** The file that exports the workflows. */
  workflows: string;
  entry: Entry;
  preload: Entry | undefined;
  ignoreModules: string[];
}

/** Finds the modules that a user bundle starts with. Throws an error that names the one that is not there. */
export function resolveModules(options: UserBundleOptions): Sources {
  const { workflowsPath, workflowInterceptorModules, payloadConverterPath, failureConverterPath } = options;
  const workflows = moduleFile(workflowsPath);
  const entry = (name: string, lines: string[]): Entry => ({
    path: join(dirname(workflows), `~temporal-${name}.js`),
    contents: lines.join('\n'),
  });
  const preloads = options.preloadModules.map((path) => `${load(path)};`);
  const optional = (path: string | undefined): string => (path === undefined ? '{}' : load(path));
  return {
    workflows,
    entry: entry('entry', [
      `exports.payloadConverter = () => (${optional(payloadConverterPath)});`,
      `exports.failureConverter = () => (${optional(failureConverterPath)});`,
      `exports.importInterceptors = () => [${[...new Set(workflowInterceptorModules)].map(load).join(', ')}];`,
      `exports.importWorkflows = () => ${load(workflows)};`,
      // Never called: it makes them modules of the bundle, also those that nobody imports.
      ...(preloads.length === 0 ? [] : [`exports.preload = () => { ${preloads.join(' ')} };`]),
    ]),
    preload: preloads.length === 0 ? undefined : entry('preload', preloads),
    ignoreModules: options.ignoreModules,
  };
}

/** Puts modules before all others of the bundle. */
export function withEntries(sources: Sources, entries: readonly string[]): Sources {
  const { path, contents } = sources.entry;
  return {
    ...sources,
    entry: { path, contents: [...entries.map((module) => `${load(module)};`), contents].join('\n') },
  };
}

/** Returns code that loads a module, given by its path or by a specifier relative to the module of the workflows. */
function load(specifier: string): string {
  const isPath = /^(\.|file:)/.test(specifier) || isAbsolute(specifier);
  return `require(${JSON.stringify(isPath ? moduleFile(specifier) : specifier)})`;
}

/** Resolves the file of a module from a path or URL of a file or directory, with or without extension. */
function moduleFile(path: string): string {
  // `import.meta.resolve` returns URLs.
  const absolute = resolve(path.startsWith('file:') ? fileURLToPath(path) : path);
  try {
    return Bun.resolveSync(absolute, dirname(absolute));
  } catch (cause) {
    throw new Error(`Cannot find the module ${absolute}${encodedAdvice(path)}`, { cause });
  }
}

/** Tells of `new URL(…).pathname`, in which spaces and other characters are encoded. */
function encodedAdvice(path: string): string {
  if (!/%[\da-f]{2}/i.test(path)) return '';
  return ': the path is encoded as in a URL. Pass the URL itself (its href), or fileURLToPath() of it';
}
