import { rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { decode, type SourceMapMappings } from '@jridgewell/sourcemap-codec';
import type { BunPlugin } from 'bun';
import { init, parse } from 'es-module-lexer';
import { buildError } from './build-errors.ts';
import { COMPILE_OPTIONS } from './bun-build.ts';
import { anyOf } from './import-rules.ts';
import type { GraphModule, ModuleGraph } from './module-graph.ts';
import { hasNoSideEffects } from './package-manifest.ts';
import { typeScriptSettings } from './tsconfig.ts';

/** A module compiled to the body of a function with the parameters `module`, `exports` and `require`. */
export interface CompiledModule {
  code: string;
  /** Source map segments of each line of `code`. Their source is the module. */
  mappings: SourceMapMappings;
  /** Names of its own exports, without those of `export * from`. */
  exports: string[];
  /** Specifiers in `export * from`. */
  starExports: string[];
  /** Imported names that it uses, by the specifier of the imported module. */
  usedNames: Map<string, Set<string>>;
}

const EXTERNAL: BunPlugin = {
  name: 'temporal-compile-alone',
  setup(build) {
    build.onResolve({ filter: /.*/ }, ({ path, kind }) =>
      kind.startsWith('entry-point') ? undefined : { path, external: true },
    );
  },
};

/**
 * Compiles the ES modules and TypeScript files of a bundle one by one, so that no module affects names in another.
 *
 * @param define values of names, besides those that all workflow code is compiled with.
 * @throws Error with all messages of `Bun.build`, each with file, line and import chain.
 */
export async function compileModules(
  graph: ModuleGraph,
  define: Record<string, string>,
): Promise<Map<string, CompiledModule>> {
  const files = [...graph.modules.values()].filter(({ form }) => form === 'module');
  const compiled = new Map<string, CompiledModule>();
  if (files.length === 0) return compiled;
  await init;
  const groups = new Map<string, { files: string[]; settings: object | undefined }>();
  for (const file of files) {
    const settings = settingsFor(file);
    const key = JSON.stringify(settings ?? null);
    const group = groups.get(key) ?? { files: [], settings };
    groups.set(key, group);
    group.files.push(file.id);
  }
  await Promise.all(
    [...groups.values()].map((group) =>
      withTsconfig(group.settings, (tsconfig) => compile(group.files, { define, tsconfig }, graph, compiled)),
    ),
  );
  return compiled;
}

/** Compiler options that change the meaning of code. */
const OPTIONS_OF_CODE = [
  'target',
  'useDefineForClassFields',
  'experimentalDecorators',
  'emitDecoratorMetadata',
  'verbatimModuleSyntax',
  'jsx',
  'jsxFactory',
  'jsxFragmentFactory',
  'jsxImportSource',
];

/** Returns the compiler options of a file. Undefined if `Bun.build` finds them itself. */
function settingsFor({ id, text }: GraphModule): object | undefined {
  if (id.includes('/node_modules/')) return undefined;
  const settings = typeScriptSettings(dirname(id));
  const compilerOptions = settings?.compilerOptions ?? { experimentalDecorators: true };
  const useDefineForClassFields = definesFields(compilerOptions, text);
  if (
    settings !== undefined &&
    !settings.isOverlooked &&
    compilerOptions.useDefineForClassFields === useDefineForClassFields
  )
    return undefined;
  return {
    ...Object.fromEntries(
      OPTIONS_OF_CODE.filter((name) => name in compilerOptions).map((name) => [name, compilerOptions[name]]),
    ),
    useDefineForClassFields,
  };
}

/**
 * Whether class fields are defined instead of assigned, by TypeScript's rules. By default they are, as with webpack.
 */
function definesFields({ useDefineForClassFields, target }: Record<string, unknown>, text: string): boolean {
  if (typeof useDefineForClassFields === 'boolean') return useDefineForClassFields;
  const [, year = 2022] = /^es(\d+)$/i.exec(String(target)) ?? [];
  return Number(year) >= 2022 && !hasParameterProperties(text);
}

/**
 * Whether a class of a module has parameter properties. Field initializers may use them, but `Bun.build` assigns them
 * only after defined fields.
 */
function hasParameterProperties(text: string): boolean {
  return [...text.matchAll(/\bconstructor\s*\(/g)].some(({ index, 0: start }) => {
    let depth = 1;
    let end = index + start.length;
    for (; end < text.length && depth > 0; end++) depth += text[end] === '(' ? 1 : text[end] === ')' ? -1 : 0;
    return /\b(?:private|protected|public|readonly|override)\s+[\w$]/.test(text.slice(index + start.length, end));
  });
}

async function withTsconfig<T>(settings: object | undefined, use: (tsconfig?: string) => Promise<T>): Promise<T> {
  if (settings === undefined) return use();
  const folder = await mkdtemp(join(tmpdir(), 'temporal-tsconfig-'));
  try {
    const path = join(folder, 'tsconfig.json');
    writeFileSync(path, JSON.stringify({ compilerOptions: settings }));
    return await use(path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Compiles what modules were changed to, in the place of their files, which may not even exist. */
function changedSources(files: readonly string[], { modules }: ModuleGraph): BunPlugin {
  const changed = files.filter((file) => modules.get(file)?.loader !== undefined);
  return {
    name: 'temporal-changed-sources',
    setup(build) {
      if (changed.length === 0) return;
      const filter = anyOf(changed);
      build.onResolve({ filter }, ({ path, kind }) => (kind.startsWith('entry-point') ? { path } : undefined));
      build.onLoad({ filter }, ({ path }) => {
        const { text = '', loader } = modules.get(path) ?? {};
        return { contents: text, loader };
      });
    },
  };
}

async function compile(
  files: string[],
  { define, tsconfig }: { define: Record<string, string>; tsconfig: string | undefined },
  graph: ModuleGraph,
  compiled: Map<string, CompiledModule>,
): Promise<void> {
  if (files.length === 0) return;
  const result = await Bun.build({
    ...COMPILE_OPTIONS,
    entrypoints: files,
    define: { ...COMPILE_OPTIONS.define, ...define },
    plugins: [changedSources(files, graph), EXTERNAL],
    root: '/',
    naming: '[dir]/[name].[ext].[hash]',
    ...(tsconfig === undefined ? {} : { tsconfig }),
    throw: false,
  });
  if (!result.success) throw buildError('Cannot bundle workflow code', graph.imports, result.logs);
  const outputs = (result.metafile as Bun.BuildMetafile).outputs;
  const texts = new Map(
    await Promise.all(result.outputs.map(async (output) => [plainPath(output.path), await output.text()] as const)),
  );
  for (const [path, { entryPoint, exports }] of Object.entries(outputs)) {
    const code = texts.get(plainPath(path));
    const map = texts.get(`${plainPath(path)}.map`);
    if (entryPoint === undefined || code === undefined || map === undefined) continue;
    const id = resolve(entryPoint);
    const module = graph.modules.get(id);
    if (module !== undefined) compiled.set(id, toFunctionBody(module, code, map, exports, graph));
  }
}

const plainPath = (path: string): string => path.replace(/^\.?\/+/, '');

/** Bun's link functions that the linker in `module-links.ts` replaces. Bun puts them before each module. */
const LINKER_HAS =
  /^(?:var|function) (__reExport|__toESMCache_node|__toESMCache_esm|__toESM|__toCommonJS|__moduleCache|__exportSetter|__export)\b/;
/** Short names that the link functions use. */
const SHORT_NAMES =
  /^(?:var|function) (__create|__getProtoOf|__defProp|__getOwnPropNames|__getOwnPropDesc|__hasOwnProp|__accessProp|__returnValue)\b/;

function toFunctionBody(
  module: GraphModule,
  text: string,
  mapText: string,
  exports: string[],
  graph: ModuleGraph,
): CompiledModule {
  const lines = text.replace(/\n\/\/# debugId=\w+\s*$/, '\n').split('\n');
  const start = lines.findIndex((line) => line.startsWith('// '));
  const mappings = decode((JSON.parse(mapText) as { mappings: string }).mappings);
  const prelude = keptPrelude(lines.slice(0, Math.max(0, start)));
  const body = lines.slice(start + 1);
  const moved = mappings.slice(start + 1, start + 1 + body.length);
  while (moved.length < body.length) moved.push([]);

  const starExports: string[] = [];
  const importedAs = new Map<string, string>();
  const stars = new Map<string, string>();
  const linked = replaceImports(
    body
      .join('\n')
      // The namespace exists before the module is evaluated, because other modules may hold it already.
      .replace(/^var (exports_[\w$]+) = \{\};$/m, 'var $1 = exports;')
      .replace(/^module\.exports = __toCommonJS\(exports_[\w$]+\);$/m, '')
      .replace(
        /^__reExport\((exports_[\w$]+), require\(("(?:[^"\\]|\\.)*")\), module\.exports\);$/gm,
        (_, target, name) => {
          starExports.push(JSON.parse(name));
          return `__reExport(${target}, __temporal_lazy(${name}));`;
        },
      )
      .replace(/^var ([\w$]+) = __toESM\(require\(("(?:[^"\\]|\\.)*")\)(?:, 1)?\);$/gm, (_, variable, name) => {
        if (variable.startsWith('import_')) importedAs.set(variable, JSON.parse(name));
        if (variable.startsWith('import_')) return `var ${variable} = __temporal_import(__temporal_names(${name}));`;
        stars.set(variable, JSON.parse(name));
        return `var ${variable} = __temporal_star(__temporal_lazy(${name}), ${name});`;
      })
      .replace(/^var (import_[\w$]+) = require\(("(?:[^"\\]|\\.)*")\);$/gm, (_, variable, name) => {
        importedAs.set(variable, JSON.parse(name));
        return `var ${variable} = __temporal_names(${name});`;
      }),
  );
  const code = [...stars].reduce(
    (text, [variable, specifier]) => (isLazy(graph, module, specifier) ? postpone(text, variable, specifier) : text),
    linked,
  );
  const withDefaults = [...stars.keys()].reduce(
    (text, variable) =>
      text.replace(
        new RegExp(`(?<![\\w$.])${escaped(variable)}\\.default\\b(?!\\s*=[^=])`, 'g'),
        `__temporal_default(${variable})`,
      ),
    code,
  );
  const calls = detachCalls(withDefaults, moved, importedAs);
  return {
    code: [prelude, calls.code, defaultName(module, withDefaults)].join(''),
    mappings: calls.mappings,
    exports,
    starExports,
    usedNames: namesUsed(code, importedAs),
  };
}

/** Whether a specifier leads to an ES module without side effects, which is evaluated when it is used. */
function isLazy(graph: ModuleGraph, { targets }: GraphModule, specifier: string): boolean {
  const target = targets.get(specifier);
  return target?.kind === 'module' && graph.modules.get(target.id)?.form === 'module' && hasNoSideEffects(target.id);
}

/**
 * Puts the making of a namespace off until it is needed as an object, for which only exports and properties may be read of it.
 * A package's index that exports the namespaces of all its modules has hundreds.
 */
function postpone(code: string, variable: string, specifier: string): string {
  const name = escaped(variable);
  const declaration = new RegExp(`^var ${name} = __temporal_star\\(.*\\);$`, 'm');
  const exported = new RegExp(`^( {2}(?:[\\w$]+|"(?:[^"\\\\]|\\\\.)*"): \\(\\) => )${name}(,?)$`, 'gm');
  const rest = code.replace(declaration, '').replace(exported, '');
  const uses = [...rest.matchAll(new RegExp(`(?<![\\w$])${name}(?![\\w$])`, 'g'))];
  const areReads = uses.every(({ index }) => {
    const [before, after] = [rest.slice(Math.max(0, index - 1), index), rest.slice(index + variable.length)];
    return before !== '.' && /^\.[A-Za-z_$][\w$]*(?![\w$])(?!\s*(?:[-+*/%&|^?<>]{0,3}=(?![=>])|\+\+|--))/.test(after);
  });
  if (!areReads) return code;
  const quoted = JSON.stringify(specifier);
  return code
    .replace(declaration, () => (uses.length === 0 ? '' : `var ${variable} = __temporal_names(${quoted});`))
    .replace(exported, (_, start: string, comma: string) => `${start}__temporal_lazy(${quoted})${comma}`);
}

/** A call of a function that is imported. Which variables are, a set tells faster than a pattern of hundreds of names. */
const CALLED = /(?<![\w$.])(?<!\bnew )(import_[\w$]+)\.[\w$]+(?=\(|\?\.\(|`)/g;

/** Makes calls of imported functions not pass the module namespace as `this`. */
function detachCalls(
  code: string,
  mappings: SourceMapMappings,
  importedAs: ReadonlyMap<string, string>,
): { code: string; mappings: SourceMapMappings } {
  if (importedAs.size === 0) return { code, mappings };
  const lines = code.split('\n');
  const moved = mappings.map((segments, row) => {
    const line = lines[row] ?? '';
    const ends: { start: number; end: number }[] = [];
    lines[row] = line.replace(CALLED, (text, variable: string, start: number) => {
      if (!importedAs.has(variable)) return text;
      ends.push({ start, end: start + text.length });
      return `(0, ${text})`;
    });
    if (ends.length === 0) return segments;
    return segments.map((segment) => {
      const [column] = segment;
      const before = ends.filter(({ start }) => start < column).length;
      const closed = ends.filter(({ end }) => end <= column).length;
      return [column + before * '(0, '.length + closed, ...segment.slice(1)] as typeof segment;
    });
  });
  return { code: lines.join('\n'), mappings: moved };
}

function namesUsed(code: string, importedAs: ReadonlyMap<string, string>): Map<string, Set<string>> {
  const used = new Map<string, Set<string>>();
  for (const [, variable = '', name = ''] of code.matchAll(/(?<![\w$.])(import_[\w$]+)\.([\w$]+)/g)) {
    const specifier = importedAs.get(variable);
    if (specifier !== undefined) used.set(specifier, (used.get(specifier) ?? new Set()).add(name));
  }
  return used;
}

/**
 * Helper functions of Bun that only some modules need, for example for decorators. They are put on one line before the
 * module.
 */
function keptPrelude(lines: string[]): string {
  const shortNames: string[] = [];
  const kept: string[] = [];
  let current: string[] | undefined;
  for (const line of lines) {
    if (/^(?:var|function|const|let|class) /.test(line)) {
      current = LINKER_HAS.test(line) ? undefined : SHORT_NAMES.test(line) ? shortNames : kept;
    }
    if (line.trim() !== '') current?.push(line);
  }
  return kept.length === 0 ? '' : `${[...shortNames, ...kept].join(' ')} `;
}

/** Replaces `import()` and `import.meta`, which the engine supports in ES modules only. */
function replaceImports(code: string): string {
  if (!/\bimport\s*(?:\(|\.\s*meta)/.test(code)) return code;
  const [imports] = parse(code);
  let result = '';
  let done = 0;
  for (const { type, importStart, start, end } of [...imports].sort((a, b) => a.importStart - b.importStart)) {
    if (type === 'import-meta') {
      result += `${code.slice(done, start)}__temporal_meta`;
      done = end;
    } else if (type === 'dynamic') {
      result += `${code.slice(done, importStart)}__temporal_dynamic`;
      done = importStart + 'import'.length;
    }
  }
  return result + code.slice(done);
}

/** Gives an unnamed default export the name `default`, as the language requires, instead of Bun's generated name. */
function defaultName(module: GraphModule, code: string): string {
  const [, name] = /^ {2}default: \(\) => ([\w$]+_default)\b/m.exec(code) ?? [];
  return name === undefined || module.text.includes(name)
    ? ''
    : `__temporal_nameDefault(${name}, ${JSON.stringify(name)});`;
}

function escaped(text: string): string {
  return text.replace(/[$]/g, '\\$&');
}
