import { SourceMap, type SourceMapPayload } from 'node:module';
import { Script } from 'node:vm';
import type { BuiltMap } from './bun-build.ts';
import { importChain, type ModuleImports } from './import-chain.ts';

const LINES_BEFORE = 1;

interface Bundled {
  code: string;
  map: BuiltMap;
}

/**
 * Finds syntax errors in a bundle. CommonJS modules are not compiled, so the engine is the first to parse them.
 *
 * @throws Error that names the source line.
 */
export function checkSyntax(bundled: Bundled, imports: ModuleImports): void {
  try {
    new Script(`(\n${bundled.code}\n)`, { filename: 'bundle.js' });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const place = placeOf(error, bundled, imports).map((text) => `\n    ${text}`);
    throw new Error(`Cannot bundle workflow code:\nerror: ${error.message}${place.join('')}`, { cause: error });
  }
}

/** Maps the line of the bundle, which the engine reports, to the sources. */
function placeOf(error: SyntaxError & { line?: number }, { map }: Bundled, imports: ModuleImports): string[] {
  if (error.line === undefined) return [];
  const entry = new SourceMap(map as SourceMapPayload).findEntry(error.line - 1 - LINES_BEFORE, 0);
  if (!('originalSource' in entry)) return [];
  const { originalSource, originalLine } = entry;
  const text = map.sourcesContent[map.sources.indexOf(originalSource)]?.split('\n')[originalLine] ?? '';
  return [`at ${originalSource}:${originalLine + 1}`, text, ...importChain(originalSource, imports)];
}
