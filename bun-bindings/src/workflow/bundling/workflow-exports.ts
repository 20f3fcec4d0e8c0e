import { readFileSync } from 'node:fs';
import { extname } from 'node:path';

const LOADERS: Record<string, 'ts' | 'tsx' | 'js' | 'jsx'> = { '.ts': 'ts', '.mts': 'ts', '.cts': 'ts', '.tsx': 'tsx' };

/** Returns a warning if a module of workflows has no named exports. It may be intended, so it is not an error. */
export function missingWorkflows(file: string): string | undefined {
  const source = readFileSync(file, 'utf8');
  const { exports } = new Bun.Transpiler({ loader: LOADERS[extname(file)] ?? 'jsx' }).scan(source);
  // The exports of these modules are known only at run time.
  if (/\bexport\s*\*|\bexports\b/.test(source)) return undefined;
  if (exports.length === 0) {
    return `${file} exports no workflows: no functions, but types at most. A worker needs the module that exports the functions.`;
  }
  if (exports.length === 1 && exports[0] === 'default') {
    return `${file} has a default export only, which takes workflows of every type. Export workflows by their names.`;
  }
  return undefined;
}
