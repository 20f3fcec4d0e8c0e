import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BadImport, disallowedModulesError, missingModulesError, unresolvedModulesError } from './bad-imports.ts';
import type { BuildChanges } from './build-changes.ts';
import type { BundleCache } from './bundle-cache.ts';
import { dependenciesOf, ownSources } from './bundle-dependencies.ts';
import { compileModules } from './compile-modules.ts';
import { isEntry, placeOfImport } from './import-chain.ts';
import { commonModules, resolveShared } from './library-bundle.ts';
import { LibraryCopies } from './library-copies.ts';
import type { MappedCode } from './loaded-bundle.ts';
import { type Entry, findModules, type ModuleGraph } from './module-graph.ts';
import { ModuleReader } from './module-reader.ts';
import { writeModuleTable } from './module-table.ts';
import { toOriginalSources } from './original-sources.ts';
import { checkSyntax } from './syntax-check.ts';
import { reachedImports } from './tree-shaking.ts';
import { missingWorkflows } from './workflow-exports.ts';

/** The inputs of a user bundle. Paths are absolute or relative to the working directory. */
export interface UserBundleOptions {
  workflowsPath: string;
  workflowInterceptorModules: string[];
  payloadConverterPath: string | undefined;
  failureConverterPath: string | undefined;
  ignoreModules: string[];
  preloadModules: string[];
}

export interface UserBundle {
  part: MappedCode;
  /** Names of the modules that it takes from the library bundle, by file. */
  shared: [path: string, name: string][];
  /** Warnings to log each time the bundle is used. */
  warnings: string[];
}

/**
 * Builds the user bundle, or reads it from the cache if none of its inputs has changed.
 *
 * @param changesOf tells what the project changes in the build, given the entry of the bundle.
 */
export async function userBundle(
  options: UserBundleOptions,
  cache: BundleCache,
  changesOf: (workflows: Entry) => Promise<BuildChanges | undefined>,
): Promise<UserBundle & { cached: boolean; key: string | undefined }> {
  const started = Date.now();
  const sources = resolveModules(options);
  const changes = await changesOf(sources.entry);
  const reader = new ModuleReader(changes);
  if (changes !== undefined) {
    // Not cached: nobody knows what the changes depend on.
    const { made } = await buildUserBundle(withEntries(sources, changes.entries), reader);
    return { ...made, cached: false, key: undefined };
  }
  const key = JSON.stringify(['user', sources, resolveShared('@temporalio/workflow')]);
  const known = cache.read<UserBundle>(key);
  if (known !== undefined) return { ...known, cached: true, key };

  const { made, dependencies } = await buildUserBundle(sources, reader);
  await cache.write(key, made, dependencies, started);
  return { ...made, cached: false, key };
}

interface Sources {
  /** The file that exports the workflows. */
  workflows: string;
  entry: Entry;
  preload: Entry | undefined;
  ignoreModules: string[];
}

function resolveModules(options: UserBundleOptions): Sources {
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
function withEntries(sources: Sources, entries: readonly string[]): Sources {
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

async function buildUserBundle({ workflows: file, entry, preload, ignoreModules }: Sources, reader: ModuleReader) {
  const copies = new LibraryCopies();
  const shared = commonModules();
  const preloaded = preload && (await graphOf(preload, commonModules(), ignoreModules, copies, reader)).modules;
  const preloadedIds = [...(preloaded?.keys() ?? [])].filter((id) => isAbsolute(id) && id !== preload?.path);
  const graph = await graphOf(entry, shared, ignoreModules, copies, reader);
  const table = writeModuleTable(graph, await compileModules(graph, reader.define), entry.path, preloadedIds);
  checkSyntax(table, graph.imports);
  const { map, files: mapFiles } = toOriginalSources(
    table.map,
    (path) => graph.modules.get(path)?.loader !== undefined,
  );
  const missing = graph.unresolved.map(
    ({ specifier, importer }) =>
      `Cannot find module '${specifier}', which ${placeOfImport(importer, specifier)} asks for: it throws if it is loaded`,
  );
  const unused = graph.disallowed.map(
    ({ specifier, importer }) =>
      `'${specifier}' has no place in a workflow, and is empty there. ${placeOfImport(importer, specifier)} imports it, but no workflow uses that module`,
  );
  const noWorkflows = missingWorkflows(file);
  const made: UserBundle = {
    part: { code: table.code, map: JSON.stringify(map) },
    shared: [...shared],
    warnings: [
      ...copies.list(),
      ...(noWorkflows === undefined ? [] : [noWorkflows]),
      ...missing,
      ...unused,
      ...table.warnings,
    ],
  };
  const inputs = [...graph.imports.keys()].filter((path) => isAbsolute(path) && !isEntry(path));
  return { made, dependencies: dependenciesOf([...inputs, ...mapFiles, ...ownSources()], graph.imports) };
}

/** The modules of a bundle, with what keeps them from being bundled. */
export interface FoundModules {
  graph: ModuleGraph;
  /** Imports of modules that have no place in a workflow, where they are used. */
  disallowed: BadImport[];
  /** Imports of modules that the library does not have. */
  notInLibrary: BadImport[];
  /** Imports of modules that are not there. */
  notFound: BadImport[];
}

/** Finds the modules that workflows lead to, for those who ask about them and make no bundle. */
export function modulesOf(options: UserBundleOptions): Promise<FoundModules> {
  const { entry, ignoreModules } = resolveModules(options);
  return foundModules(entry, commonModules(), ignoreModules, new LibraryCopies(), new ModuleReader(undefined));
}

/**
 * Finds the modules that `entry` imports, directly or not, without those of the library bundle.
 *
 * @param shared names of the modules of the library bundle, by file. Modules that are found are added.
 * @throws Error with the import chains of modules that are not allowed in workflows or cannot be found.
 */
async function graphOf(
  entry: Entry,
  shared: Map<string, string>,
  ignoreModules: string[],
  copies: LibraryCopies,
  reader: ModuleReader,
): Promise<ModuleGraph> {
  const found = await foundModules(entry, shared, ignoreModules, copies, reader);
  const { graph, disallowed, notInLibrary, notFound } = found;
  if (disallowed.length > 0) throw disallowedModulesError(disallowed, graph.imports);
  if (notInLibrary.length > 0) throw missingModulesError(notInLibrary, graph.imports);
  if (notFound.length > 0) throw unresolvedModulesError(notFound, graph.imports);
  return graph;
}

async function foundModules(
  entry: Entry,
  shared: Map<string, string>,
  ignoreModules: string[],
  copies: LibraryCopies,
  reader: ModuleReader,
): Promise<FoundModules> {
  const notInLibrary: BadImport[] = [];
  const graph = await findModules({
    entry,
    ignoreModules,
    reader,
    library(specifier, importer) {
      let file: string;
      try {
        file = resolveShared(specifier);
      } catch {
        notInLibrary.push({ specifier, importer });
        return undefined;
      }
      const name = shared.get(file) ?? specifier.replace(/\.js$/, '');
      shared.set(file, name);
      copies.found(specifier, file, importer);
      return name;
    },
  });
  // Finding out which imports are reachable takes another build, so do it only if there are any.
  const disallowed =
    graph.disallowed.length === 0 ? [] : await reachedImports(graph.disallowed, entry, ignoreModules, reader);
  const notFound = graph.unresolved.filter(({ isImport }) => isImport);
  return { graph, disallowed, notInLibrary, notFound };
}
