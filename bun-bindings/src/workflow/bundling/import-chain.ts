import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

export interface ModuleImport {
  /** The absolute path of the imported module. Virtual modules have a namespace and a name. */
  path: string;
  /** The specifier in the importing module. */
  specifier: string;
}

/** The imports of each module, by the path of the module. */
export type ModuleImports = ReadonlyMap<string, ModuleImport[]>;

/** Whether a path is of a virtual entry module. */
export function isEntry(path: string): boolean {
  return /^temporal:|[\\/]~temporal-\w+\.js$/.test(path);
}

/** Lists the shortest chain of imports from the workflows to `path`, as lines. Empty for a direct import. */
export function importChain(path: string, imports: ModuleImports): string[] {
  const importers = importersOf(imports);
  const lines: string[] = [];
  for (let above = importers.get(path); above !== undefined; above = importers.get(above.path)) {
    lines.push(`imported by ${placeOfImport(above.path, above.specifier)}`);
  }
  return lines;
}

/** The first importer of each module. Following importers leads to the workflows. */
function importersOf(imports: ModuleImports): Map<string, ModuleImport> {
  const importers = new Map<string, ModuleImport>();
  const seen = new Set([...imports.keys()].filter(isEntry));
  for (const path of seen) {
    for (const imported of imports.get(path) ?? []) {
      if (seen.has(imported.path)) continue;
      seen.add(imported.path);
      // The chain ends at a module that an entry imports.
      if (!isEntry(path)) importers.set(imported.path, { path, specifier: imported.specifier });
    }
  }
  return importers;
}

/** Returns `file:line` of an import, or the file alone if the line is not found. */
export function placeOfImport(path: string, specifier: string): string {
  const file = relative(process.cwd(), path);
  const found = findImport(path, specifier);
  return found === undefined ? file : `${file}:${found.line}`;
}

/** Returns the source line of an import, if it is found. */
export function lineOfImport(path: string, specifier: string): string[] {
  const found = findImport(path, specifier);
  return found === undefined ? [] : [found.text.trim()];
}

/** Finds the line of an import in a module. Undefined if it is written in another way. */
export function findImport(path: string, specifier: string): { line: number; text: string } | undefined {
  try {
    const lines = readFileSync(path, 'utf8').split('\n');
    const index = lines.findIndex((line) => line.includes(`'${specifier}'`) || line.includes(`"${specifier}"`));
    return index < 0 ? undefined : { line: index + 1, text: lines[index] ?? '' };
  } catch {
    return undefined;
  }
}
