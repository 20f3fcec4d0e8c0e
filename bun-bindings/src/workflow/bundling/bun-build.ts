import { resolve } from 'node:path';
import type { BuildConfig } from 'bun';
import { buildError, importsOf } from './build-errors.ts';
import { isEntry, type ModuleImports } from './import-chain.ts';

/** The fields of a source map that `Bun.build` writes. */
export interface BuiltMap {
  version: number;
  sources: string[];
  sourcesContent: (string | null)[];
  names: string[];
  mappings: string;
}

export interface BuildOutput {
  code: string;
  map: BuiltMap;
  /** Absolute paths of the input files. */
  inputs: string[];
  imports: ModuleImports;
}

/** Build options of all workflow code. */
export const COMPILE_OPTIONS = {
  // Workflow code runs neither in Node nor in Bun, so packages must resolve to variants that need neither.
  target: 'browser',
  format: 'cjs',
  define: {
    'process.env.NODE_ENV': '"development"',
    // Packages test these to detect bundlers and browsers, and work without them.
    'import.meta.env': 'undefined',
    'import.meta.resolve': 'undefined',
  },
  sourcemap: 'external',
  metafile: true,
} satisfies Partial<BuildConfig>;

/**
 * Bundles modules into a function body. External modules are loaded with `require`.
 *
 * @throws Error with all messages of `Bun.build`, each with file, line and import chain.
 */
export async function runBuild(
  what: string,
  partConfig: Pick<BuildConfig, 'entrypoints' | 'plugins' | 'minify'>,
): Promise<BuildOutput> {
  const config: BuildConfig = { ...COMPILE_OPTIONS, ...partConfig };
  const result = await Bun.build({ ...config, throw: false });
  if (!result.success) throw buildError(what, await importsOf(config), result.logs);
  const [code, map] = await Promise.all(
    ['entry-point', 'sourcemap'].map((kind) => result.outputs.find((output) => output.kind === kind)?.text()),
  );
  if (code === undefined || map === undefined || result.metafile === undefined)
    throw new Error(`${what}: Bun.build gave no output`);
  const modules = Object.entries(result.metafile.inputs).map(([path, module]) => ({ path: absolute(path), ...module }));
  return {
    code: withAbsoluteComments(code, Object.keys(result.metafile.inputs)),
    map: withAbsoluteSources(map),
    inputs: modules.map(({ path }) => path).filter((path) => !isVirtual(path) && !isEntry(path)),
    imports: new Map(
      modules.map(({ path, imports }) => [
        path,
        imports.map((imported) => ({ path: absolute(imported.path), specifier: imported.original ?? imported.path })),
      ]),
    ),
  };
}

/** Makes the paths in module comments absolute, so that the code does not depend on the working directory. */
function withAbsoluteComments(code: string, inputs: string[]): string {
  const names = new Set(inputs);
  return code
    .replace(/\n\/\/# debugId=\w+\s*$/, '\n')
    .replace(/^\/\/ (.+)$/gm, (comment, path) => (names.has(path) ? `// ${absolute(path)}` : comment));
}

function withAbsoluteSources(mapText: string): BuiltMap {
  const { debugId: _, ...map } = JSON.parse(mapText) as BuiltMap & { debugId?: string };
  return { ...map, sources: map.sources.map(absolute) };
}

function absolute(path: string): string {
  return isVirtual(path) ? path : resolve(path);
}

/** Whether a path is of a virtual module: it starts with the namespace of a plugin. */
function isVirtual(path: string): boolean {
  return /^[\w-]{2,}:/.test(path);
}
