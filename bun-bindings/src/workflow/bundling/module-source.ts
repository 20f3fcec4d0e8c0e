import { readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';

/** How a module names another. `import` has `import()` too: packages answer both with the same files. */
type ImportKind = 'import' | 'require';

/** A module as it stands in its file, and what it asks for. */
export interface ModuleSource {
  /** `script` is a CommonJS module, whose text goes into the bundle as it is; `module` is compiled first. */
  form: 'module' | 'script' | 'data';
  text: string;
  imports: { specifier: string; kind: ImportKind }[];
  /** Folders whose modules it may ask for by a name that it makes up: `require('./locale/' + name)`. */
  contexts: string[];
}

/** Extensions of modules, in the order in which a path without one is tried in a folder that is asked for by made-up names. */
const COMPILED = new Set(['.ts', '.tsx', '.mts', '.cts', '.jsx', '.mjs']);
const DATA = new Set(['.json', '.txt', '.toml', '.yaml', '.yml']);

const ESM_SYNTAX = /^\s*(?:export\b|import\s*[\w{*"'])|\bimport\.meta\b/m;
/** An empty list of exports makes a file an ES module, but no scan tells of it. */
const REQUIRE_CALL = /\brequire\s*\(\s*(['"])((?:(?!\1).)+)\1\s*\)/g;
/** `require('./folder/' + name)`, or the same with a template: the part that does not change. */
const CONTEXT =
  /\b(?:require|import)\s*\(\s*(?:'(\.{1,2}\/[^'\n]*)'\s*\+|"(\.{1,2}\/[^"\n]*)"\s*\+|`(\.{1,2}\/[^`$\n]*)\$\{)/g;

const KINDS: Record<string, ImportKind> = {
  'import-statement': 'import',
  'dynamic-import': 'import',
  'require-call': 'require',
  'require-resolve': 'require',
};

const transpilers = new Map<string, Bun.Transpiler>();

/** Reads a module, and finds out of what kind it is and what it asks for. */
export function readModule(path: string, text = readFileSync(path, 'utf8')): ModuleSource {
  const extension = extname(path);
  if (DATA.has(extension)) return { form: 'data', text, imports: [], contexts: [] };
  const { imports, isEsModule } = scan(extension, text);
  const contexts = [...text.matchAll(CONTEXT)].map(([, single, double, template]) => {
    const prefix = single ?? double ?? template ?? '';
    return join(dirname(path), prefix.endsWith('/') ? prefix : dirname(prefix));
  });
  return { form: COMPILED.has(extension) || isEsModule ? 'module' : 'script', text, imports, contexts };
}

function scan(extension: string, text: string): Pick<ModuleSource, 'imports'> & { isEsModule: boolean } {
  const loader = extension.startsWith('.ts') || extension === '.mts' || extension === '.cts' ? 'ts' : 'jsx';
  const key = extension === '.tsx' ? 'tsx' : loader;
  let transpiler = transpilers.get(key);
  if (transpiler === undefined) {
    transpiler = new Bun.Transpiler({ loader: key });
    transpilers.set(key, transpiler);
  }
  try {
    const { imports, exports } = transpiler.scan(text);
    // The full scan leaves out what only types are imported from, and calls of `require` too.
    const calls = transpiler.scanImports(text).filter(({ kind }) => kind === 'require-call');
    return {
      imports: unique(
        [...imports, ...calls]
          .filter(({ kind }) => kind in KINDS)
          .map(({ path, kind }) => ({ specifier: path, kind: KINDS[kind] as ImportKind })),
      ),
      isEsModule:
        exports.length > 0 ||
        imports.some(({ kind }) => kind === 'import-statement') ||
        (ESM_SYNTAX.test(text) && !/\bmodule\.exports\b|\bexports\.\w/.test(text)),
    };
  } catch {
    // Old syntax that only the engine knows, or none at all: then compiling it will say so.
    const calls = [...text.matchAll(REQUIRE_CALL)].map(([, , specifier = '']) => specifier);
    return {
      imports: unique(calls.map((specifier) => ({ specifier, kind: 'require' as const }))),
      isEsModule: ESM_SYNTAX.test(text),
    };
  }
}

function unique(imports: ModuleSource['imports']): ModuleSource['imports'] {
  return [...new Map(imports.map((entry) => [`${entry.kind} ${entry.specifier}`, entry])).values()];
}
