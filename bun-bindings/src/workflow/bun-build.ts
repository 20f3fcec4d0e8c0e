import { resolve } from 'node:path';
import type { BuildConfig } from 'bun';
import type { BundlePart } from './bundle.ts';

export interface ModuleImport {
  /** As `inputs` name it. */
  path: string;
  /** As the importing module names it. */
  specifier: string;
}

export interface BuiltPart extends BundlePart {
  /** Absolute paths of the files that went in. */
  inputs: string[];
  /** What each module imports, by the module's absolute path. */
  imports: Map<string, ModuleImport[]>;
}

/**
 * Bundles modules into the body of a function, with `require` for what is external.
 *
 * @throws Error with all that `Bun.build` complained about, each with its file, line and the line's text.
 */
export async function buildPart(
  what: string,
  config: Pick<BuildConfig, 'entrypoints' | 'plugins' | 'minify' | 'define'>,
): Promise<BuiltPart> {
  const result = await Bun.build({
    ...config,
    // Workflow code runs neither in Node nor in Bun: packages must bring the variant that needs neither.
    target: 'browser',
    format: 'cjs',
    sourcemap: 'external',
    metafile: true,
    throw: false,
  });
  if (!result.success) throw new Error(`${what}:\n${result.logs.map(describeLog).join('\n')}`);
  const [code, map] = await Promise.all(
    ['entry-point', 'sourcemap'].map((kind) => result.outputs.find((output) => output.kind === kind)?.text()),
  );
  if (code === undefined || map === undefined || result.metafile === undefined)
    throw new Error(`${what}: Bun.build gave no output`);
  const modules = Object.entries(result.metafile.inputs);
  return {
    code,
    map: withAbsoluteSources(map),
    inputs: modules
      .map(([path]) => path)
      .filter((path) => !isVirtual(path))
      .map((path) => resolve(path)),
    imports: new Map(
      modules.map(([path, { imports }]) => [
        absolute(path),
        imports.map((imported) => ({ path: absolute(imported.path), specifier: imported.original ?? imported.path })),
      ]),
    ),
  };
}

/** File and line, the line itself, and a marker below it. */
function describeLog(log: BuildMessage | ResolveMessage): string {
  const { message, position } = log;
  if (position === null) return `error: ${message}`;
  const { file, line, column, lineText } = position;
  return `error: ${message}\n    at ${file}:${line}:${column}\n    ${lineText}\n    ${' '.repeat(Math.max(0, column - 1))}^`;
}

function withAbsoluteSources(mapText: string): string {
  const map = JSON.parse(mapText) as { sources: string[] };
  map.sources = map.sources.map(absolute);
  return JSON.stringify(map);
}

function absolute(path: string): string {
  return isVirtual(path) ? path : resolve(path);
}

/** Paths of modules that a plugin makes up start with their namespace. */
function isVirtual(path: string): boolean {
  return /^[\w-]{2,}:/.test(path);
}
