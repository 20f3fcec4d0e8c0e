import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

export interface ModuleImport {
  /** Absolute path of the imported module; made-up modules are named by their namespace and name. */
  path: string;
  /** As the importing module names it. */
  specifier: string;
}

/** What each module imports, by the module's path. */
export type ModuleImports = ReadonlyMap<string, ModuleImport[]>;

/** The made-up modules that builds start from. */
export function isEntry(path: string): boolean {
  return /^temporal:|[\\/]~temporal-\w+\.js$/.test(path);
}

/** Lines that tell how the workflows come to import `path`: the shortest way. None if they do so themselves. */
export function importChain(path: string, imports: ModuleImports): string[] {
  const importers = importersOf(imports);
  const lines: string[] = [];
  for (let above = importers.get(path); above !== undefined; above = importers.get(above.path)) {
    lines.push(`imported by ${placeOfImport(above.path, above.specifier)}`);
  }
  return lines;
}

/** For each module, the first one that imports it. Following these leads to the workflows. */
function importersOf(imports: ModuleImports): Map<string, ModuleImport> {
  const importers = new Map<string, ModuleImport>();
  const seen = new Set([...imports.keys()].filter(isEntry));
  for (const path of seen) {
    for (const imported of imports.get(path) ?? []) {
      if (seen.has(imported.path)) continue;
      seen.add(imported.path);
      // What an entry imports is where the chain ends.
      if (!isEntry(path)) importers.set(imported.path, { path, specifier: imported.specifier });
    }
  }
  return importers;
}

/** `file:line` of an import, as far as the line can be found. */
export function placeOfImport(path: string, specifier: string): string {
  const file = relative(process.cwd(), path);
  const found = findImport(path, specifier);
  return found === undefined ? file : `${file}:${found.line}`;
}

/** The text of the line that an import is on, if it can be found. */
export function lineOfImport(path: string, specifier: string): string[] {
  const found = findImport(path, specifier);
  return found === undefined ? [] : [found.text.trim()];
}

function findImport(path: string, specifier: string): { line: number; text: string } | undefined {
  try {
    const lines = readFileSync(path, 'utf8').split('\n');
    const index = lines.findIndex((line) => line.includes(`'${specifier}'`) || line.includes(`"${specifier}"`));
    return index < 0 ? undefined : { line: index + 1, text: lines[index] ?? '' };
  } catch {
    return undefined;
  }
}
