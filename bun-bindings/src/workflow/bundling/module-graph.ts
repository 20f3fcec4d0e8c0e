import { existsSync, readdirSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import type { BunPlugin } from 'bun';
import type { BadImport } from './bad-imports.ts';
import type { ImportAnswer } from './build-changes.ts';
import { COMPILE_OPTIONS } from './bun-build.ts';
import { packageName } from './bundle-dependencies.ts';
import type { ModuleImport, ModuleImports } from './import-chain.ts';
import { anyOf, importKind, replacedFile, STAND_INS, specialImport } from './import-rules.ts';
import type { ModuleReader, ReadModule } from './module-reader.ts';
import { isLibraryModule } from './module-rules.ts';
import { type ModuleSource, readModule, SCRIPTS } from './module-source.ts';
import { isReplacedForBrowsers } from './package-manifest.ts';
import { forgetTypeScriptSettings, mappedPaths, typeScriptSettings } from './tsconfig.ts';

/** The target of an import: a module of the bundle, a module of the library, or nothing. */
export type ImportTarget =
  | { kind: 'module'; id: string }
  | { kind: 'library'; name: string }
  | { kind: 'missing'; specifier: string };

/** A module of a bundle. */
export interface GraphModule extends ReadModule {
  /** The absolute path of its file, or a name in angle brackets for a virtual module. */
  id: string;
  /** Import targets by specifier. A package may resolve a `require` to another file, which has its own key. */
  targets: Map<string, ImportTarget>;
}

const REQUIRE = /^require:/;

/** Returns the key of the target of a `require`. */
function requireKey(specifier: string): string {
  return `require:${specifier}`;
}

/** All modules that are reachable from an entry, in the order of discovery. */
export interface ModuleGraph {
  modules: Map<string, GraphModule>;
  imports: ModuleImports;
  /** Disallowed imports. Each resolves to an empty module in the bundle. */
  disallowed: BadImport[];
  /** Imports that were not found. A `require` throws at run time; an `import` is a build error. */
  unresolved: (BadImport & { isImport: boolean })[];
}

/** The virtual entry module of a bundle. Its path is beside the workflows, so that packages resolve from there. */
export interface Entry {
  path: string;
  contents: string;
}

export interface GraphOptions {
  entry: Entry;
  ignoreModules: readonly string[];
  /** Returns the name of a module in the library. Undefined if the library does not have it. */
  library(specifier: string, importer: string): string | undefined;
  /** Reads the modules, with what the project changes in them. */
  reader: ModuleReader;
}

/** Virtual modules. */
const IGNORED = '<ignored>';
const standIn = (name: string): string => `<node:${name}>`;
const valueId = (code: string): string => `<value:${code}>`;

/**
 * Finds the modules of a bundle.
 *
 * `Bun.build` resolves them by the rules of packages and tsconfig files. It gets the imports of each module instead of
 * its code, so that missing exports and code that does not compile cause no error here.
 */
export async function findModules(options: GraphOptions): Promise<ModuleGraph> {
  const modules = new Map<string, GraphModule>();
  const special = new Map<string, Map<string, ImportTarget>>();
  const disallowed = new Map<string, BadImport>();
  const unresolved = new Map<string, BadImport>();
  let metafile: Bun.BuildMetafile | undefined;
  const failures: unknown[] = [];
  forgetTypeScriptSettings();
  // An import that is not found ends a build. The next build leaves it out.
  for (;;) {
    const plugin = graphPlugin(options, modules, special, disallowed, unresolved, failures);
    const result = await Bun.build({
      ...COMPILE_OPTIONS,
      entrypoints: [options.entry.path],
      plugins: [plugin],
      throw: false,
    });
    if (failures.length > 0) throw failures[0];
    if (result.success) {
      // Code that is finished may import other modules.
      if (await options.reader.finish()) continue;
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
  { entry, ignoreModules, library, reader }: GraphOptions,
  modules: Map<string, GraphModule>,
  special: Map<string, Map<string, ImportTarget>>,
  disallowed: Map<string, BadImport>,
  unresolved: ReadonlyMap<string, BadImport>,
  failures: unknown[],
): BunPlugin {
  const answered = (importer: string, specifier: string, target: ImportTarget) => {
    const targets = special.get(importer) ?? new Map<string, ImportTarget>();
    special.set(importer, targets.set(specifier, target));
    return { path: specifier, external: true };
  };
  return {
    name: 'temporal-module-graph',
    setup(build) {
      const { changes } = reader;
      build.onResolve({ filter: /.*/ }, ({ path: specifier, importer, kind }) => {
        if (kind.startsWith('entry-point')) return { path: specifier };
        if (unresolved.has(keyOf(importer, specifier))) {
          return answered(importer, specifier, { kind: 'missing', specifier });
        }
        if (changes === undefined || importer === entry.path) return usual(specifier, importer);
        return changes.resolve({ specifier, importer, kind: importKind(kind) }).then(
          (answer) => changed(answer, specifier, importer),
          (error) => void failures.push(error),
        );
      });
      const changed = (answer: ImportAnswer | undefined, specifier: string, importer: string) => {
        switch (answer?.kind) {
          case undefined:
            return usual(specifier, importer);
          case 'request':
            return usual(specifier, importer, answer.specifier);
          case 'ignored':
            return answered(importer, specifier, { kind: 'module', id: IGNORED });
          case 'missing':
            return answered(importer, specifier, { kind: 'missing', specifier });
          case 'value':
            return answered(importer, specifier, { kind: 'module', id: valueId(answer.code) });
          case 'file': {
            const name = libraryModule(answer.path);
            return name === undefined ? { path: answer.path } : usual(specifier, importer, name);
          }
        }
      };
      const usual = (specifier: string, importer: string, asked: string = specifier) => {
        const rule = specialImport(asked, importer, ignoreModules);
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
            // The packages that say this do without, or bring something else along.
            if (isReplacedForBrowsers(specifier, importer)) return undefined;
            disallowed.set(keyOf(importer, specifier), { specifier, importer });
            return answered(importer, specifier, { kind: 'module', id: IGNORED });
          case 'ignored':
            return answered(importer, specifier, { kind: 'module', id: IGNORED });
        }
        const file =
          replacedFile(specifier, importer) ?? typescriptFile(specifier, importer) ?? mappedFile(specifier, importer);
        return file === undefined ? undefined : { path: file };
      };
      build.onLoad({ filter: anyOf([entry.path]) }, ({ path }) =>
        add(path, { ...readModule(path, entry.contents), form: 'script' }),
      );
      build.onLoad({ filter: changes === undefined ? SCRIPTS : /.*/ }, ({ path }) => {
        return reader.read(path).then(
          (module) => module && add(path, module),
          (error) => void failures.push(error),
        );
      });
      const add = (path: string, source: ReadModule) => {
        for (const folder of source.contexts) {
          const files = contextImports(folder, path);
          source.imports.push(
            ...files.filter(
              ({ specifier }) => changes?.isInContext(folder, resolve(dirname(path), specifier), path) ?? true,
            ),
          );
        }
        modules.set(path, { ...source, id: path, targets: new Map() });
        const lines = source.imports.map(({ specifier, kind }) => `${kind}(${JSON.stringify(specifier)});`);
        return { contents: lines.join('\n'), loader: 'js' as const };
      };
    },
  };
}

/** Resolves `./x.js` to `x.ts`, as TypeScript does, even if a compiled `x.js` exists beside it. */
function typescriptFile(specifier: string, importer: string): string | undefined {
  const [, stem, m = ''] = /^(\.{1,2}\/.*)\.([cm]?)jsx?$/.exec(specifier) ?? [];
  if (stem === undefined || !/\.[cm]?tsx?$/.test(importer)) return undefined;
  const path = resolve(dirname(importer), stem);
  return [`${path}.${m}ts`, `${path}.${m}tsx`].find((file) => existsSync(file));
}

/** Resolves by the `paths` of a tsconfig that `Bun.build` does not read. */
function mappedFile(specifier: string, importer: string): string | undefined {
  if (/^[./]/.test(specifier)) return undefined;
  const settings = typeScriptSettings(dirname(importer));
  if (settings === undefined || !settings.isOverlooked) return undefined;
  for (const path of mappedPaths(settings, specifier)) {
    try {
      return Bun.resolveSync(path, dirname(path));
    } catch {
      // Try the next candidate.
    }
  }
  return undefined;
}

/** Lists the modules of a folder that is required by computed names, as webpack does. */
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

/** Combines the resolutions of `Bun.build` with those of the import rules. */
function finished(
  { entry }: GraphOptions,
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
      // A file that a package excludes for browsers is not an input.
      const target: ImportTarget = { kind: 'module', id: resolved.has(path) ? path : IGNORED };
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

/** The specifier of a file that belongs to the modules which all runs share. */
function libraryModule(file: string): string | undefined {
  const path = file.split(/[\\/]node_modules[\\/]/).at(-1) ?? '';
  const name = packageName(path);
  if (name === undefined || path === file || !isLibraryModule(name)) return undefined;
  const specifier = [name, path].find((each) => isLibraryModule(each) && isFileOf(each, file));
  return specifier?.replace(/\.js$/, '');
}

function isFileOf(specifier: string, file: string): boolean {
  try {
    return Bun.resolveSync(specifier, dirname(file)) === file;
  } catch {
    return false;
  }
}

function madeUpModule(id: string, madeUp: (id: string, text: string) => GraphModule): GraphModule {
  const [, builtin] = /^<node:(.*)>$/.exec(id) ?? [];
  if (builtin !== undefined) return madeUp(id, STAND_INS[builtin] ?? '');
  const [, value] = /^<value:(.*)>$/s.exec(id) ?? [];
  if (value !== undefined) return madeUp(id, `module.exports = ${value};`);
  if (id === IGNORED) return madeUp(id, 'module.exports = {};');
  return { ...readModule(id), id, targets: new Map() };
}

function absolute(path: string): string {
  return isAbsolute(path) ? path : resolve(path);
}
