import { SourceMap } from 'node:module';
import { Script } from 'node:vm';
import type { BundlePart } from './bundle.ts';

/**
 * Looks for what `Bun.build` lets through, but the engine refuses in a bundle: what is left of `import.meta`, and code for
 * sloppy mode, as workflows are strict.
 *
 * @throws Error that names the line.
 */
export function checkSyntax({ code, map }: BundlePart): void {
  try {
    new Script(`(function () { 'use strict';\n${code}\n})`, { filename: 'bundle.js' });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const line = Number(/bundle\.js:(\d+)/.exec(error.stack ?? '')?.[1]) - 2;
    throw new Error(`Cannot bundle workflow code:\nerror: ${error.message}${placeOf(line, map)}`, { cause: error });
  }
}

function placeOf(line: number, mapText: string): string {
  const { sources, sourcesContent } = JSON.parse(mapText) as { sources: string[]; sourcesContent?: string[] };
  const map = new SourceMap(JSON.parse(mapText));
  // The engine only tells the line: the first place in it that is mapped is taken.
  for (let column = 0; column < 1000; column++) {
    const entry = map.findEntry(line, column);
    if (!('originalSource' in entry) || entry.generatedLine !== line) continue;
    const { originalSource, originalLine } = entry;
    const text = sourcesContent?.[sources.indexOf(originalSource)]?.split('\n')[originalLine] ?? '';
    return `\n    at ${originalSource}:${originalLine + 1}\n    ${text}`;
  }
  return '';
}
