import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { encode, type SourceMapMappings } from '@jridgewell/sourcemap-codec';
import type { BuiltMap } from './bun-build.ts';
import type { CompiledModule } from './compile-modules.ts';
import { placeOfImport } from './import-chain.ts';
import type { GraphModule, ImportTarget, ModuleGraph } from './module-graph.ts';
import { hasNoSideEffects, isNodeModule } from './package-manifest.ts';

/** Kinds of modules, equal to those in `module-links.ts` of the sandbox. */
const KINDS = { script: 0, module: 1, data: 2 } as const;

/** Parameters of a module's function. */
const PARAMETERS = 'module, exports, require, __links, global, __filename, __dirname';
const SCRIPT_ENTRY = '<script>';

/** The functions that a compiled ES module may call, and an object with its address. A run makes those that it asks for. */
const LINKS = [
  // Bun's own, by which it calls no variable of a module.
  ...['__export', '__reExport'],
  ...['import', 'star', 'default', 'dynamic', 'nameDefault', 'lazy', 'names', 'meta'].map(
    (name) => `__temporal_${name}`,
  ),
];

/**
 * Writes a bundle: an object with one function per module, by module id.
 *
 * Separate functions keep the names of a module's functions and classes, and keep CommonJS modules in sloppy mode. They
 * close over nothing, so that all runs of a thread can share them. Each run calls them with its own module objects.
 *
 * @param preloaded ids of the modules that are evaluated once, for all runs, in this order.
 */
export function writeModuleTable(
  graph: ModuleGraph,
  compiled: ReadonlyMap<string, CompiledModule>,
  entry: string,
  preloaded: readonly string[],
): { code: string; map: BuiltMap; warnings: string[] } {
  const sources: string[] = [];
  const sourcesContent: string[] = [];
  const mappings: SourceMapMappings = [[]];
  const lines: string[] = [`{ entry: ${JSON.stringify(entry)}, preloaded: ${JSON.stringify(preloaded)}, modules: {`];
  const exporter = new ExportedNames(graph, compiled);
  for (const module of graph.modules.values()) {
    const { id } = module;
    const output = compiled.get(id);
    const source = sources.push(id) - 1;
    sourcesContent.push(module.text);
    const names = output !== undefined && hasNoSideEffects(id) ? exporter.of(id) : undefined;
    const body = output === undefined ? scriptBody(module) : output.code;
    lines.push(...`${JSON.stringify(id)}: ${header(module, names, body)}`.split('\n'));
    while (mappings.length < lines.length) mappings.push([]);
    lines.push(...body.split('\n'));
    const moduleMappings = output === undefined ? sameLines(module, body) : output.mappings;
    for (const line of moduleMappings) mappings.push(line.map((segment) => withSource(segment, source)));
    while (mappings.length < lines.length) mappings.push([]);
    lines.push('}.call(this); }],');
    mappings.push([]);
  }
  lines.push('} }');
  return {
    code: lines.join('\n'),
    map: { version: 3, sources, sourcesContent, names: [], mappings: encode(mappings) },
    warnings: [...exporter.warnings, ...missingExports(graph, compiled, exporter)],
  };
}

/** Warnings about imported names that no module exports. They are undefined at run time, as with webpack. */
function missingExports(
  graph: ModuleGraph,
  compiled: ReadonlyMap<string, CompiledModule>,
  exporter: ExportedNames,
): string[] {
  return [...compiled].flatMap(([id, { usedNames }]) =>
    // Not a problem that the user of a package can fix.
    id.includes('/node_modules/')
      ? []
      : [...usedNames].flatMap(([specifier, names]) => {
          const target = graph.modules.get(id)?.targets.get(specifier);
          const exported = target?.kind === 'module' ? exporter.of(target.id) : undefined;
          if (exported === undefined) return [];
          const place = placeOfImport(id, specifier);
          return [...names]
            .filter((name) => !exported.includes(name))
            .map((name) => `${place} imports '${name}' from '${specifier}', which does not export it: it is undefined`);
        }),
  );
}

/** `[kind, isNodeModule, targets, names of a module without side effects, url, usesRequire, function`, up to its first line. */
function header(module: GraphModule, names: readonly string[] | undefined, body: string): string {
  const { id, form, targets, prelude = '' } = module;
  const links = LINKS.filter((name) => body.includes(name));
  const strict = form === 'module' ? `'use strict'; const { ${links.join(', ')} } = __links;` : '';
  const fields = [
    KINDS[form],
    isNodeModule(id),
    targetsOf(targets),
    names ?? null,
    id.startsWith('<') ? id : pathToFileURL(id).href,
    form !== 'module' || /\brequire\b/.test(prelude + body),
  ].map((field) => JSON.stringify(field));
  // An inner function, because a module may declare variables with the names of the parameters.
  return `[${fields.join(', ')}, function (${PARAMETERS}) { ${strict}${prelude}return function () {`;
}

/** An object without a prototype, so that names such as `constructor` are not found in it. */
function targetsOf(targets: ReadonlyMap<string, ImportTarget>): object {
  const entries = [...targets].map(([key, target]) => [key, targetId(target)] as const);
  // In code, a property of this name sets the prototype.
  return Object.fromEntries([['__proto__', null], ...entries]);
}

/** Prefixes that cannot occur in module ids, which are paths. */
function targetId(target: ImportTarget): string {
  switch (target.kind) {
    case 'module':
      return target.id;
    case 'library':
      return `library:${target.name}`;
    case 'missing':
      return `missing:${target.specifier}`;
  }
}

function scriptBody({ id, form, text }: GraphModule): string {
  if (form === 'script') return text.replace(/^#!/, '//').replace(/\bprocess\.env\.NODE_ENV\b/g, '"development"');
  const value = dataOf(extname(id), text);
  return `module.exports = JSON.parse(${JSON.stringify(JSON.stringify(value))});`;
}

function dataOf(extension: string, text: string): unknown {
  switch (extension) {
    case '.json':
      return JSON.parse(text);
    case '.toml':
      return Bun.TOML.parse(text);
    case '.yaml':
    case '.yml':
      return Bun.YAML.parse(text);
    default:
      return text;
  }
}

/** Maps a script, which is bundled unchanged. Scripts of the user are mapped word by word. */
function sameLines({ id, form }: GraphModule, body: string): SourceMapMappings {
  if (form === 'data') return [];
  const inPackage = id.includes('/node_modules/') || id.startsWith('<');
  return body.split('\n').map((line, number) => {
    if (inPackage) return [[0, 0, number, 0]];
    return [...line.matchAll(/[\w$]+|[^\s\w$]/g)].map(({ index }) => [index, 0, number, index]);
  });
}

function withSource(segment: SourceMapMappings[number][number], source: number): SourceMapMappings[number][number] {
  return segment.length === 1 ? segment : [segment[0], source, segment[2], segment[3]];
}

/** Finds the exports of ES modules, including those through `export * from`. */
class ExportedNames {
  readonly warnings: string[] = [];
  readonly #graph: ModuleGraph;
  readonly #compiled: ReadonlyMap<string, CompiledModule>;
  /** The exports of each module with their defining modules. Undefined if a CommonJS module adds names. */
  readonly #known = new Map<string, Map<string, string> | undefined>();

  constructor(graph: ModuleGraph, compiled: ReadonlyMap<string, CompiledModule>) {
    this.#graph = graph;
    this.#compiled = compiled;
    for (const id of compiled.keys()) this.#originsOf(id, new Set());
  }

  /** Returns the exports. Undefined if they are known only at run time. */
  of(id: string): string[] | undefined {
    const origins = this.#known.get(id);
    return origins && [...origins.keys()];
  }

  #originsOf(id: string, under: Set<string>): Map<string, string> | undefined {
    if (this.#known.has(id)) return this.#known.get(id);
    const module = this.#compiled.get(id);
    if (module === undefined) return undefined;
    if (under.has(id)) return new Map();
    under.add(id);
    const origins = new Map(module.exports.map((name) => [name, id] as const));
    const stars = new Map<string, string>();
    let isComplete = true;
    for (const specifier of module.starExports) {
      const target = this.#graph.modules.get(id)?.targets.get(specifier);
      const theirs = target?.kind === 'module' ? this.#originsOf(target.id, under) : undefined;
      if (theirs === undefined) isComplete = false;
      for (const [name, origin] of theirs ?? []) {
        if (name === 'default' || origins.has(name)) continue;
        const other = stars.get(name);
        if (other === undefined) stars.set(name, origin);
        else if (other !== origin) {
          if (!id.includes('/node_modules/'))
            this.warnings.push(
              `${id} exports '${name}' twice by \`export *\`: workflows get the one of ${other}, not that of ${origin}`,
            );
        }
      }
    }
    for (const [name, origin] of stars) origins.set(name, origin);
    under.delete(id);
    const result = isComplete ? origins : undefined;
    this.#known.set(id, result);
    return result;
  }
}

/** Writes a bundle of one script that may `require` modules of the library. The script begins on the first line. */
export function scriptTable(script: string, libraryNames: Iterable<string>): string {
  const targets = new Map([...libraryNames].map((name) => [name, { kind: 'library', name }] as const));
  const fields = [KINDS.script, false, targetsOf(targets), null, SCRIPT_ENTRY, true].map((field) =>
    JSON.stringify(field),
  );
  return `{ entry: ${JSON.stringify(SCRIPT_ENTRY)}, preloaded: [], modules: { ${JSON.stringify(SCRIPT_ENTRY)}: [${fields.join(', ')}, function (${PARAMETERS}) { ${script}\n}] } }`;
}
