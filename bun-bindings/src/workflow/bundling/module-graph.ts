import { existsSync, readdirSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import type { BunPlugin } from 'bun';
import type { BadImport } from './bad-imports.ts';
import { COMPILE_OPTIONS } from './bun-build.ts';
import type { ModuleImport, ModuleImports } from './import-chain.ts';
import { anyOf, replacedFile, STAND_INS, specialImport } from './import-rules.ts';
import { type ModuleSource, readModule } from './module-source.ts';
import { forgetTypeScriptSettings, mappedPaths, typeScriptSettings } from './tsconfig.ts';

/** What answers an import: a module of the bundle, one of the library's, or nothing. */
export type ImportTarget =
  | { kind: 'module'; id: string }
  | { kind: 'library'; name: string }
  | { kind: 'missing'; specifier: string };

/** A module of a bundle. */
export interface GraphModule extends ModuleSource {
  /** The absolute path of its file, or a name in angle brackets for one that is made up. */
  id: string;
  /** By their specifiers. A package may answer a `require` with another file, which is under its own key. */
  targets: Map<string, ImportTarget>;
}

const REQUIRE = /^require:/;

/** The key of what a `require` is answered with. */
function requireKey(specifier: string): string {
  return `require:${specifier}`;
}

/** All modules that an entry leads to, in the order in which they were found. */
export interface ModuleGraph {
  modules: Map<string, GraphModule>;
  imports: ModuleImports;
  /** Imports of modules that have no place in a workflow. Each has an empty module in the bundle. */
  disallowed: BadImport[];
  /** Imports of modules that were not found. A `require` of one throws when it runs, an `import` is an error. */
  unresolved: (BadImport & { isImport: boolean })[];
}

/** A made-up module that a bundle starts from. It stands beside the workflows: names of packages are looked up there. */
export interface Entry {
  path: string;
  contents: string;
}

export interface GraphOptions {
  entry: Entry;
  ignoreModules: readonly string[];
  /** Names of the modules that all runs share, by their files. */
  sharedFiles: ReadonlyMap<string, string>;
  /** The name under which the library has a module; undefined if it has none like that. */
  library(specifier: string, importer: string): string | undefined;
}

const SCRIPTS = /\.[cm]?[jt]sx?$/;
/** Made-up modules. */
const IGNORED = '<ignored>';
const standIn = (name: string): string => `<node:${name}>`;

/**
 * Finds the modules of a bundle.
 *
 * `Bun.build` resolves them, with all that packages and tsconfig files say. It is shown only what each module asks for, not
 * the module: so a missing export, or code that it cannot compile, is none of its business here.
 */
export async function findModules(options: GraphOptions): Promise<ModuleGraph> {
  const modules = new Map<string, GraphModule>();
  const special = new Map<string, Map<string, ImportTarget>>();
  const disallowed = new Map<string, BadImport>();
  const unresolved = new Map<string, BadImport>();
  let metafile: Bun.BuildMetafile | undefined;
  forgetTypeScriptSettings();
  // An import that leads nowhere ends a build: the next one leaves it out.
  for (;;) {
    const plugin = graphPlugin(options, modules, special, disallowed, unresolved);
    const result = await Bun.build({
      ...COMPILE_OPTIONS,
      entrypoints: [options.entry.path],
      plugins: [plugin],
      throw: false,
    });
    if (result.success) {
      metafile = result.metafile as Bun.BuildMetafile;
      break;
    }
    const found = unresolvedImports(result.logs).filter((key) => !unresolved.has(key.key));
    if (found.length === 0) throw new AggregateError(result.logs, 'Cannot find the modules of the bundle');
    for (const { key, ...badImport } of found) unresolved.set(key, badImport);
  }
  return finished(options, modules, special, metafile, [...disallowed.values()], unresolved);
}

function graphPlugin(
  { entry, ignoreModules, sharedFiles, library }: GraphOptions,
  modules: Map<string, GraphModule>,
  special: Map<string, Map<string, ImportTarget>>,
  disallowed: Map<string, BadImport>,
  unresolved: ReadonlyMap<string, BadImport>,
): BunPlugin {
  const answered = (importer: string, specifier: string, target: ImportTarget) => {
    const targets = special.get(importer) ?? new Map<string, ImportTarget>();
    special.set(importer, targets.set(specifier, target));
    return { path: specifier, external: true };
  };
  return {
    name: 'temporal-module-graph',
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ path: specifier, importer, kind }) => {
        if (kind.startsWith('entry-point')) return { path: specifier };
        if (unresolved.has(keyOf(importer, specifier))) {
          return answered(importer, specifier, { kind: 'missing', specifier });
        }
        const rule = specialImport(specifier, importer, ignoreModules);
        switch (rule?.kind) {
          case 'library': {
            const name = library(rule.name, importer);
            return answered(
              importer,
              specifier,
              name === undefined ? { kind: 'module', id: IGNORED } : { kind: 'library', name },
            );
          }
          case 'stand-in':
            return answered(importer, specifier, { kind: 'module', id: standIn(rule.name) });
          case 'disallowed':
            disallowed.set(keyOf(importer, specifier), { specifier, importer });
            return answered(importer, specifier, { kind: 'module', id: IGNORED });
          case 'ignored':
            return answered(importer, specifier, { kind: 'module', id: IGNORED });
        }
        const file =
          replacedFile(specifier, importer) ?? typescriptFile(specifier, importer) ?? mappedFile(specifier, importer);
        return file === undefined ? undefined : { path: file };
      });
      build.onLoad({ filter: anyOf([entry.path]) }, ({ path }) => load(path, entry.contents));
      build.onLoad({ filter: SCRIPTS }, ({ path }) =>
        // All runs share it, and the library bundle has what it imports.
        sharedFiles.has(path) ? { contents: '', loader: 'js' } : load(path),
      );
      const load = (path: string, text?: string) => {
        const source = readModule(path, text);
        for (const folder of source.contexts) source.imports.push(...contextImports(folder, path));
        if (path === entry.path) source.form = 'script';
        modules.set(path, { ...source, id: path, targets: new Map() });
        const lines = source.imports.map(({ specifier, kind }) => `${kind}(${JSON.stringify(specifier)});`);
        return { contents: lines.join('\n'), loader: 'js' as const };
      };
    },
  };
}

/** `./x.js` means `x.ts` to TypeScript, also where a compiled `x.js` lies beside it. */
function typescriptFile(specifier: string, importer: string): string | undefined {
  const [, stem, m = ''] = /^(\.{1,2}\/.*)\.([cm]?)jsx?$/.exec(specifier) ?? [];
  if (stem === undefined || !/\.[cm]?tsx?$/.test(importer)) return undefined;
  const path = resolve(dirname(importer), stem);
  return [`${path}.${m}ts`, `${path}.${m}tsx`].find((file) => existsSync(file));
}

/** The file that `paths` of a tsconfig say, where `Bun.build` does not read them. */
function mappedFile(specifier: string, importer: string): string | undefined {
  if (/^[./]/.test(specifier)) return undefined;
  const settings = typeScriptSettings(dirname(importer));
  if (settings === undefined || !settings.isOverlooked) return undefined;
  for (const path of mappedPaths(settings, specifier)) {
    try {
      return Bun.resolveSync(path, dirname(path));
    } catch {
      // The next one.
    }
  }
  return undefined;
}

/** The modules of a folder that is asked for by names that code makes up, as webpack takes them. */
function contextImports(folder: string, importer: string): ModuleSource['imports'] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && /\.(?:[cm]?[jt]sx?|json)$/.test(file.name) && !file.name.endsWith('.d.ts'))
    .map((file) => join(file.parentPath, file.name))
    .filter((path) => path !== importer && !path.includes('/node_modules/', folder.length))
    .map((path) => {
      const specifier = relative(dirname(importer), path);
      return { specifier: specifier.startsWith('.') ? specifier : `./${specifier}`, kind: 'require' };
    });
}

function unresolvedImports(logs: (BuildMessage | ResolveMessage)[]): (BadImport & { key: string })[] {
  return logs.flatMap((log) => {
    const [, specifier] = /^Could not resolve: "(.*?)"/.exec(log.message) ?? [];
    const importer = log.position?.file;
    if (specifier === undefined || importer === undefined) return [];
    return [{ specifier, importer: resolve(importer), key: keyOf(resolve(importer), specifier) }];
  });
}

const keyOf = (importer: string, specifier: string): string => `${importer}\n${specifier}`;

/** Puts the answers of `Bun.build` to those of the import rules. */
function finished(
  { entry, sharedFiles }: GraphOptions,
  found: ReadonlyMap<string, GraphModule>,
  special: ReadonlyMap<string, ReadonlyMap<string, ImportTarget>>,
  metafile: Bun.BuildMetafile,
  disallowed: BadImport[],
  unresolved: ReadonlyMap<string, BadImport>,
): ModuleGraph {
  const resolved = new Map(
    Object.entries(metafile.inputs).map(([path, { imports }]) => [absolute(path), imports] as const),
  );
  const modules = new Map<string, GraphModule>();
  const chain = new Map<string, ModuleImport[]>();
  const madeUp = (id: string, text: string): GraphModule => ({
    id,
    form: 'script',
    text,
    imports: [],
    contexts: [],
    targets: new Map(),
  });
  const waiting = [entry.path];
  for (const id of waiting) {
    if (modules.has(id)) continue;
    const module = found.get(id) ?? madeUpModule(id, madeUp);
    modules.set(id, module);
    const edges: ModuleImport[] = [];
    chain.set(id, edges);
    const targets = new Map(special.get(id));
    for (const { path: file, original: specifier = file, kind } of resolved.get(id) ?? []) {
      if (special.get(id)?.has(specifier)) continue;
      const path = absolute(file);
      const name = sharedFiles.get(path);
      // A file that a package leaves out for browsers is no input.
      const target: ImportTarget =
        name === undefined ? { kind: 'module', id: resolved.has(path) ? path : IGNORED } : { kind: 'library', name };
      targets.set(kind === 'require-call' ? requireKey(specifier) : specifier, target);
    }
    for (const [key, target] of targets) {
      const specifier = key.replace(REQUIRE, '');
      edges.push({ path: target.kind === 'module' ? target.id : specifier, specifier });
      if (target.kind === 'module') waiting.push(target.id);
    }
    module.targets = targets;
  }
  return {
    modules,
    imports: chain,
    disallowed,
    unresolved: [...unresolved.values()].map((badImport) => ({
      ...badImport,
      isImport:
        modules
          .get(badImport.importer)
          ?.imports.some(({ specifier, kind }) => specifier === badImport.specifier && kind === 'import') ?? false,
    })),
  };
}

function madeUpModule(id: string, madeUp: (id: string, text: string) => GraphModule): GraphModule {
  const [, builtin] = /^<node:(.*)>$/.exec(id) ?? [];
  if (builtin !== undefined) return madeUp(id, STAND_INS[builtin] ?? '');
  if (id === IGNORED) return madeUp(id, 'module.exports = {};');
  return { ...readModule(id), id, targets: new Map() };
}

function absolute(path: string): string {
  return isAbsolute(path) ? path : resolve(path);
}
