import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import remapping, { type EncodedSourceMap } from '@jridgewell/remapping';
import type { BuiltMap } from './bun-build.ts';

export interface OriginalSources {
  /** The source map with positions in the original sources. */
  map: BuiltMap;
  /** The source maps that were read, or that would be read if they existed. */
  files: string[];
}

/** The source map of a compiled module. */
interface CompiledModuleMap {
  map: EncodedSourceMap;
  /** The path that the map's sources are relative to. */
  path: string;
}

/**
 * Composes source maps. `Bun.build` maps to its input modules. If such a module was compiled and has a source map, this
 * function maps on to the original sources.
 *
 * @param isCompiled tells of modules that are no JavaScript by their names whether they were compiled.
 */
export function toOriginalSources(
  map: BuiltMap,
  isCompiled: (source: string) => boolean = () => false,
): OriginalSources {
  const files: string[] = [];
  const compiled = new Map<string, CompiledModuleMap>();
  for (const [index, source] of map.sources.entries()) {
    if (!/\.[cm]?jsx?$/.test(source) && !isCompiled(source)) continue;
    const own = readMapOf(source, map.sourcesContent[index] ?? '', files);
    if (own !== undefined) compiled.set(source, own);
  }
  if (compiled.size === 0) return { map, files };

  const { sources, sourcesContent, mappings } = remapping({ ...map, version: 3 }, (source, context) => {
    // The original sources have no source maps of their own.
    const own = context.depth === 1 ? compiled.get(source) : undefined;
    if (own !== undefined) context.source = own.path;
    return own?.map;
  });
  const paths = sources.map((source) => (source?.startsWith('file:') ? fileURLToPath(source) : (source ?? '')));
  return {
    map: {
      version: 3,
      sources: paths,
      sourcesContent: paths.map((path, index) => sourcesContent?.[index] ?? readSource(path)),
      names: [],
      mappings: mappings as string,
    },
    files,
  };
}

/** Reads the source map that a compiled module names. Undefined if there is no readable one. */
function readMapOf(source: string, content: string, files: string[]): CompiledModuleMap | undefined {
  const url = content
    .match(/^\/\/[#@] sourceMappingURL=(\S+)\s*$/gm)
    ?.at(-1)
    ?.replace(/^.*?sourceMappingURL=/, '')
    .trim();
  if (url === undefined) return undefined;
  try {
    const { text, path } = readMap(url, source, files);
    const map: EncodedSourceMap = JSON.parse(text);
    return Array.isArray(map.sources) && typeof map.mappings === 'string' ? { map, path } : undefined;
  } catch {
    // Ignore an unreadable source map: it only improves stack traces.
    return undefined;
  }
}

function readMap(url: string, source: string, files: string[]): { text: string; path: string } {
  const [, base64, data] = /^data:[^,]*?(;base64)?,(.*)$/.exec(url) ?? [];
  if (data !== undefined) {
    const text = base64 ? Buffer.from(data, 'base64').toString() : decodeURIComponent(data);
    return { text, path: source };
  }
  const path = resolve(dirname(source), decodeURIComponent(url));
  files.push(path);
  return { text: readFileSync(path, 'utf8'), path };
}

function readSource(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
