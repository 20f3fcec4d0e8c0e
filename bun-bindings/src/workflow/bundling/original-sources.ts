import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decode, encode, type SourceMapSegment } from '@jridgewell/sourcemap-codec';
import type { BuiltMap } from './bun-build.ts';

export interface OriginalSources {
  /** The source map with positions in the original sources. */
  map: BuiltMap;
  /** The source maps that were read, or that would be read if they existed. */
  files: string[];
}

/**
 * Composes source maps. `Bun.build` maps to its input modules. If such a module was compiled and has a source map, this
 * function maps on to the original sources.
 */
export function toOriginalSources(map: BuiltMap): OriginalSources {
  const files: string[] = [];
  const inner = map.sources.map((source, index) => readMapOf(source, map.sourcesContent[index] ?? '', files));
  if (inner.every((each) => each === undefined)) return { map, files };

  const sources: string[] = [];
  const sourcesContent: (string | null)[] = [];
  const indices = new Map<string, number>();
  const indexOf = (source: string, content: () => string | null | undefined): number => {
    let index = indices.get(source);
    if (index === undefined) {
      index = sources.push(source) - 1;
      indices.set(source, index);
      sourcesContent.push(content() ?? null);
    }
    return index;
  };

  const translate = (segment: SourceMapSegment): SourceMapSegment[] => {
    const [generated = 0, source, line = 0, column = 0] = segment;
    if (source === undefined) return [segment];
    const through = inner[source];
    if (through === undefined) {
      return [[generated, indexOf(map.sources[source] ?? '', () => map.sourcesContent[source]), line, column]];
    }
    const entry = through.findEntry(line, column);
    // Code that the compiler added has no position in the sources.
    if (!('originalSource' in entry) || entry.originalSource === undefined) return [];
    const original = entry.originalSource;
    const place = indexOf(original, () => through.payload.sourcesContent?.[through.payload.sources.indexOf(original)]);
    return [[generated, place, entry.originalLine, entry.originalColumn]];
  };
  const mappings = encode(decode(map.mappings).map((line) => line.flatMap(translate)));
  return { map: { ...map, sources, sourcesContent, names: [], mappings }, files };
}

/** Reads the source map of a compiled module, with absolute source paths. Undefined if there is no readable one. */
function readMapOf(source: string, content: string, files: string[]): SourceMap | undefined {
  const url = content
    .match(/^\/\/[#@] sourceMappingURL=(\S+)\s*$/gm)
    ?.at(-1)
    ?.replace(/^.*?sourceMappingURL=/, '')
    .trim();
  if (url === undefined || !/\.[cm]?jsx?$/.test(source)) return undefined;
  try {
    const { text, folder } = readMap(url, source, files);
    const payload = JSON.parse(text) as SourceMapPayload;
    const root = resolve(folder, payload.sourceRoot ?? '');
    const sources = payload.sources.map((name) =>
      name.startsWith('file:') ? fileURLToPath(name) : /^[\w-]{2,}:/.test(name) ? name : resolve(root, name),
    );
    const sourcesContent = sources.map((name, index) => payload.sourcesContent?.[index] ?? readSource(name));
    return new SourceMap({ ...payload, sourceRoot: '', sources, sourcesContent } as SourceMapPayload);
  } catch {
    // Ignore an unreadable source map: it only improves stack traces.
    return undefined;
  }
}

function readMap(url: string, source: string, files: string[]): { text: string; folder: string } {
  const [, base64, data] = /^data:[^,]*?(;base64)?,(.*)$/.exec(url) ?? [];
  if (data !== undefined) {
    const text = base64 ? Buffer.from(data, 'base64').toString() : decodeURIComponent(data);
    return { text, folder: dirname(source) };
  }
  const file = resolve(dirname(source), decodeURIComponent(url));
  files.push(file);
  return { text: readFileSync(file, 'utf8'), folder: dirname(file) };
}

function readSource(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
