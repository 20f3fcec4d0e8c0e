import { isAbsolute } from 'node:path';
import { type BadImport, disallowedModulesError, missingModulesError, unresolvedModulesError } from './bad-imports.ts';
import type { BuildChanges } from './build-changes.ts';
import { dependenciesOf, ownSources } from './bundle-dependencies.ts';
import { resolveModules, type Sources, type UserBundleOptions, withEntries } from './bundle-sources.ts';
import { compileModules } from './compile-modules.ts';
import type { StampedPaths } from './file-stamps.ts';
import { isEntry, placeOfImport } from './import-chain.ts';
import { type ImportUse, importUse } from './import-use.ts';
import { LibraryCopies } from './library-copies.ts';
import type { MappedCode } from './loaded-bundle.ts';
import { type Entry, findModules, type ModuleGraph } from './module-graph.ts';
import { ModuleReader } from './module-reader.ts';
import { writeModuleTable } from './module-table.ts';
import { toOriginalSources } from './original-sources.ts';
import { commonModules, resolveShared } from './shared-modules.ts';
import { checkSyntax } from './syntax-check.ts';
import { reachedImports } from './tree-shaking.ts';
import { missingWorkflows } from './workflow-exports.ts';

export interface UserBundle {
  part: MappedCode;
  /** Names of the modules that it takes from the library bundle, by file. */
  shared: [path: string, name: string][];
  /** Warnings to log each time the bundle is used. */
  warnings: string[];
}

/**
 * Builds a user bundle.
 *
 * @param changes what the project changes in the build.
 * @returns the bundle, and what it depends on.
 */
export async function buildUserBundle(
  sources: Sources,
  changes: BuildChanges | undefined,
): Promise<{ made: UserBundle; dependencies: StampedPaths }> {
  const reader = new ModuleReader(changes);
  const { workflows: file, entry, preload, ignoreModules } = changes ? withEntries(sources, changes.entries) : sources;
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
  const notFound = await neededImports(graph);
  // Finding out which imports are reachable takes another build, so do it only if there are any.
  const reached =
    graph.disallowed.length === 0 ? [] : await reachedImports(graph.disallowed, entry, ignoreModules, reader);
  const disallowed: BadImport[] = [];
  for (const badImport of reached) {
    if (await isDispensable(badImport, graph)) graph.disallowed = graph.disallowed.filter((each) => each !== badImport);
    else disallowed.push(badImport);
  }
  return { graph, disallowed, notInLibrary, notFound };
}

/** Takes those out of the imports that were not found which no code asks for. Returns those that it cannot do without. */
async function neededImports(graph: ModuleGraph): Promise<BadImport[]> {
  const needed: BadImport[] = [];
  const unused = new Set<BadImport>();
  for (const badImport of graph.unresolved) {
    const use = await useOf(badImport, graph);
    if (use === 'none') unused.add(badImport);
    if (use === 'needed' && badImport.isImport) needed.push(badImport);
  }
  graph.unresolved = graph.unresolved.filter((badImport) => !unused.has(badImport));
  return needed;
}

/**
 * Whether a module goes without one that has no place in a workflow. A package that tries to load it gets an error for it, as
 * where it is not installed. In code of the project it is a mistake, which a `try` would only hide.
 */
async function isDispensable(badImport: BadImport, graph: ModuleGraph): Promise<boolean> {
  const { specifier, importer } = badImport;
  const use = await useOf(badImport, graph);
  if (use !== 'optional' || !importer.includes('/node_modules/')) return use === 'none';
  graph.modules.get(importer)?.targets.set(specifier, { kind: 'missing', specifier });
  return true;
}

function useOf({ specifier, importer }: BadImport, { modules }: ModuleGraph): Promise<ImportUse> | 'needed' {
  const module = modules.get(importer);
  return module === undefined ? 'needed' : importUse(module, specifier);
}
