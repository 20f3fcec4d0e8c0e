import { readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { jsxRuntime } from './jsx-runtime.ts';

/** The kind of an import. `import` includes `import()`, which packages resolve to the same files. */
type ImportKind = 'import' | 'require';

/** The source of a module and its imports. */
export interface ModuleSource {
  /** `script` is a CommonJS module, which is bundled unchanged. `module` is compiled first. */
  form: 'module' | 'script' | 'data';
  text: string;
  imports: { specifier: string; kind: ImportKind }[];
  /** Folders of modules that are required by computed names: `require('./locale/' + name)`. */
  contexts: string[];
}

/** Files that hold JavaScript or TypeScript. */
export const SCRIPTS = /\.[cm]?[jt]sx?$/;

/** Extensions of modules that are always compiled. */
const COMPILED = new Set(['.ts', '.tsx', '.mts', '.cts', '.jsx', '.mjs']);
const DATA = new Set(['.json', '.txt', '.toml', '.yaml', '.yml']);

const ESM_SYNTAX = /^\s*(?:export\b|import\s*[\w{*"'])|\bimport\.meta\b/m;
/** Finds calls of `require` in syntax that no scan takes. */
const REQUIRE_CALL = /\brequire\s*\(\s*(['"])((?:(?!\1).)+)\1\s*\)/g;
/** Matches the constant part of `require('./folder/' + name)`, also in a template. */
const CONTEXT =
  /\b(?:require|import)\s*\(\s*(?:'(\.{1,2}\/[^'\n]*)'\s*\+|"(\.{1,2}\/[^"\n]*)"\s*\+|`(\.{1,2}\/[^`$\n]*)\$\{)/g;

const KINDS: Record<string, ImportKind> = {
  'import-statement': 'import',
  'dynamic-import': 'import',
  'require-call': 'require',
  'require-resolve': 'require',
};

const transpilers = new Map<string, Bun.Transpiler>();

/** Reads a module and determines its kind and its imports. */
export function readModule(path: string, text = readFileSync(path, 'utf8'), extension = extname(path)): ModuleSource {
  if (DATA.has(extension)) return { form: 'data', text, imports: [], contexts: [] };
  const { imports, isEsModule } = scan(extension, text);
  if (extension === '.tsx' || extension === '.jsx')
    imports.push(...runtimeImport(path, text, transpilerLoader(extension)));
  const contexts = [...text.matchAll(CONTEXT)].map(([, single, double, template]) => {
    const prefix = single ?? double ?? template ?? '';
    return join(dirname(path), prefix.endsWith('/') ? prefix : dirname(prefix));
  });
  return { form: COMPILED.has(extension) || isEsModule ? 'module' : 'script', text, imports, contexts };
}

/** The import of the runtime of a file's JSX. None if the file cannot be compiled, which the build reports. */
function runtimeImport(path: string, text: string, loader: string): ModuleSource['imports'] {
  try {
    const specifier = jsxRuntime(path, text, loader as 'tsx' | 'jsx');
    return specifier === undefined ? [] : [{ specifier, kind: 'import' }];
  } catch {
    return [];
  }
}

/** The loader by which a transpiler reads a module. */
export function transpilerLoader(extension: string): 'ts' | 'tsx' | 'jsx' {
  if (extension === '.tsx') return 'tsx';
  return ['.ts', '.mts', '.cts'].includes(extension) ? 'ts' : 'jsx';
}

function scan(extension: string, text: string): Pick<ModuleSource, 'imports'> & { isEsModule: boolean } {
  const key = transpilerLoader(extension);
  let transpiler = transpilers.get(key);
  if (transpiler === undefined) {
    transpiler = new Bun.Transpiler({ loader: key });
    transpilers.set(key, transpiler);
  }
  try {
    const { imports, exports } = transpiler.scan(text);
    // The full scan omits type-only imports, but also calls of `require`.
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
    // Old syntax that only the engine supports, or a syntax error, which compiling will report.
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
