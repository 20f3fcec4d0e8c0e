import { SourceMap, type SourceMapPayload } from 'node:module';
import { Script } from 'node:vm';
import type { BuildOutput } from './bun-build.ts';
import { importChain } from './import-chain.ts';

const LINES_BEFORE = 1;

/**
 * Looks for what `Bun.build` lets through, but the engine refuses in a bundle: what is left of `import.meta`, and code for
 * sloppy mode, as workflows are strict.
 *
 * @throws Error that names the line.
 */
export function checkSyntax(part: BuildOutput): void {
  try {
    new Script(`(function () { 'use strict';\n${part.code}\n})`, { filename: 'bundle.js' });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const advice = error.message.includes('import.meta')
      ? ' Of import.meta, workflow code has url, path, dir and file.'
      : '';
    const place = placeOf(error, part).map((text) => `\n    ${text}`);
    throw new Error(`Cannot bundle workflow code:\nerror: ${error.message}${advice}${place.join('')}`, {
      cause: error,
    });
  }
}

/** The stack of a syntax error starts with the line in question, and a marker below it. */
function placeOf({ stack }: SyntaxError, { map, imports }: BuildOutput): string[] {
  const [, line, marker = ''] = /bundle\.js:(\d+)\n.*\n( *)\^/.exec(stack ?? '') ?? [];
  const entry = new SourceMap(map as SourceMapPayload).findEntry(Number(line) - 1 - LINES_BEFORE, marker.length);
  if (!('originalSource' in entry)) return [];
  const { originalSource, originalLine } = entry;
  const text = map.sourcesContent[map.sources.indexOf(originalSource)]?.split('\n')[originalLine] ?? '';
  return [`at ${originalSource}:${originalLine + 1}`, text, ...importChain(originalSource, imports)];
}
