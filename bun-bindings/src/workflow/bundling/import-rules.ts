import { dirname } from 'node:path';
import type { ImportKind, OnResolveResult, PluginBuilder } from 'bun';
import type { BadImport } from './bad-imports.ts';
import type { ImportAnswer } from './build-changes.ts';
import { allowedBuiltinModules, builtinModuleCode } from './builtin-module-names.ts';
import type { ModuleReader } from './module-reader.ts';
import { isDisallowed, isLibraryModule, moduleMatches, withoutNodePrefix } from './module-rules.ts';

/** The code of the modules that workflow code may import from Node. */
export const STAND_INS: Record<string, string> = Object.fromEntries(
  allowedBuiltinModules.map((name) => [name, builtinModuleCode(name)]),
);

/** An import that is not answered by a file of its own. */
export interface SpecialImport {
  /**
   * - `ignored`: an empty module
   * - `disallowed`: has no place in a workflow
   * - `stand-in`: see {@link STAND_INS}
   * - `library`: a module that all runs share
   */
  kind: 'ignored' | 'disallowed' | 'stand-in' | 'library';
  name: string;
}

/** Applies the workflow import rules to one import. Undefined if it is an ordinary one. */
export function specialImport(
  specifier: string,
  importer: string,
  ignoreModules: readonly string[],
): SpecialImport | undefined {
  if (/^[./]/.test(specifier))
    return ignoreModules.includes(specifier) ? { kind: 'ignored', name: specifier } : undefined;
  const name = withoutNodePrefix(specifier);
  if (moduleMatches(name, ignoreModules)) return { kind: 'ignored', name };
  if (isLibraryModule(name) && !isDisallowed(name)) return { kind: 'library', name };
  if (name in STAND_INS) return { kind: 'stand-in', name };
  if (!isDisallowed(name)) return undefined;
  // protobufjs looks whether there is a file system, and does without.
  return { kind: /[\\/]node_modules[\\/]@?protobufjs[\\/]/.test(importer) ? 'ignored' : 'disallowed', name };
}

/**
 * Finds the file that takes the place of a relative import. The OpenTelemetry packages import stubs, so that they need no
 * `@temporalio/workflow` outside of workflows; inside they get the implementation.
 */
export function replacedFile(specifier: string, importer: string): string | undefined {
  if (!/[\\/]workflow-imports(\.[jt]s)?$/.test(specifier)) return undefined;
  if (!/[\\/]interceptors-opentelemetry(-v2)?[\\/]/.test(importer)) return undefined;
  return Bun.resolveSync(specifier.replace(/(\.[jt]s)?$/, '-impl'), dirname(importer));
}

export interface ImportRules {
  ignoreModules: readonly string[];
  /** Collects imports of modules that have no place in a workflow. */
  disallowed: BadImport[];
  /** Where a module of the library is found; undefined if it has no such module. */
  library(specifier: string, importer: string): OnResolveResult | undefined;
  /** The changes that a project makes. None in a build of the library. */
  project?: ProjectChanges;
}

interface ProjectChanges {
  /** Reads the modules, with what the project changes in them. */
  reader: ModuleReader;
  /** Whether a module, given by its path, is one that the project may change. */
  isProjects(path: string): boolean;
}

/** Applies the workflow import rules to a build. */
export function addImportRules(build: PluginBuilder, rules: ImportRules): void {
  const { ignoreModules, disallowed, library, project } = rules;
  if (project !== undefined) addChanges(build, project, (...asked) => usual(...asked));
  const usual = (specifier: string, importer: string, kind: ImportKind) => {
    const special = specialImport(specifier, importer, ignoreModules);
    if (special === undefined) {
      const path = replacedFile(specifier, importer);
      return path === undefined ? undefined : { path };
    }
    const { name } = special;
    switch (special.kind) {
      case 'library':
        // An external module can only be required, so an `import()` of one goes by way of a module that does.
        return kind === 'dynamic-import'
          ? { path: `of ${name}`, namespace: 'temporal-require' }
          : library(name, importer);
      case 'stand-in':
        return { path: name, namespace: 'temporal-stand-in' };
      case 'disallowed':
        disallowed.push({ specifier, importer });
        return { path: name, namespace: 'temporal-ignored' };
      case 'ignored':
        return { path: name, namespace: 'temporal-ignored' };
    }
  };
  build.onResolve({ filter: /.*/ }, ({ path, importer, kind }) => usual(path, importer, kind));
  addModules(build, 'temporal-stand-in', (name) => STAND_INS[name] ?? '');
  addModules(
    build,
    'temporal-require',
    (path) => `module.exports = require(${JSON.stringify(path.slice('of '.length))});`,
  );
  // No exports, yet CommonJS: so importing a name from it is no error.
  addModules(build, 'temporal-ignored', () => 'module.exports = {};');
}

/** Applies what a project changes, before the rules that hold for all. */
function addChanges(
  build: PluginBuilder,
  { reader, isProjects }: ProjectChanges,
  usual: (specifier: string, importer: string, kind: ImportKind) => OnResolveResult | undefined,
): void {
  const { changes } = reader;
  if (changes === undefined) return;
  build.onResolve({ filter: /.*/ }, async ({ path: specifier, importer, kind }) => {
    if (!isProjects(importer)) return undefined;
    const answer = await changes.resolve({ specifier, importer, kind: importKind(kind) });
    return answer?.kind === 'request' ? usual(answer.specifier, importer, kind) : placeOf(answer, specifier);
  });
  build.onLoad({ filter: /.*/ }, async ({ path }) => {
    const module = isProjects(path) ? await reader.read(path) : undefined;
    if (module?.defined !== undefined) return { contents: module.defined, loader: 'js' };
    return module?.loader && { contents: module.text, loader: module.loader };
  });
  addModules(build, 'temporal-value', (code) => `module.exports = ${code};`);
  addModules(
    build,
    'temporal-missing',
    (specifier) => `throw new Error(${JSON.stringify(`Cannot find module '${specifier}'`)});`,
  );
}

/** Whether an import is one by `import` or by `require`. */
export function importKind(kind: ImportKind): 'import' | 'require' {
  return kind.startsWith('require') ? 'require' : 'import';
}

function placeOf(
  answer: Exclude<ImportAnswer, { kind: 'request' }> | undefined,
  specifier: string,
): OnResolveResult | undefined {
  switch (answer?.kind) {
    case 'file':
      return { path: answer.path };
    case 'ignored':
      return { path: specifier, namespace: 'temporal-ignored' };
    case 'missing':
      return { path: specifier, namespace: 'temporal-missing' };
    case 'value':
      return { path: answer.code, namespace: 'temporal-value' };
    default:
      return undefined;
  }
}

/** Modules that are made up, by the path that follows their namespace. */
export function addModules(build: PluginBuilder, namespace: string, contents: (path: string) => string): void {
  build.onLoad({ filter: /.*/, namespace }, ({ path }) => ({ contents: contents(path), loader: 'js' }));
}

/** Matches each of `texts`. */
export function anyOf(texts: readonly string[]): RegExp {
  return new RegExp(`^(?:${texts.map(literally).join('|')})$`);
}

/** A pattern for a text as it stands. */
export function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
