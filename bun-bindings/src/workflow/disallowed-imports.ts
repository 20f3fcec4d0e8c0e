import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { ModuleImport } from './bun-build.ts';

/** An import of a module that has no place in a workflow. */
export interface DisallowedImport {
  specifier: string;
  /** Path of the file that imports it. */
  importer: string;
}

/** Tells what is wrong with the imports of a bundle: which, on which line, and how the workflows come to them. */
export function disallowedModulesError(found: DisallowedImport[], imports: Map<string, ModuleImport[]>): Error {
  const importers = importersOf(imports);
  const first = new Map(found.map((entry) => [entry.specifier, entry] as const).reverse());
  const list = [...first.values()].map(({ specifier, importer }) => {
    let line = `  - '${specifier}', imported by ${place(importer, specifier)}`;
    for (let above = importers.get(importer); above !== undefined; above = importers.get(above.path)) {
      line += `\n      imported by ${place(above.path, above.specifier)}`;
    }
    return line;
  });
  return new Error(
    [
      'Your Workflow code (or a library used by your Workflow code) is importing the following disallowed modules:',
      ...list,
      'Workflow code has to do the same each time that it is replayed, and these modules reach out of it. What to do:',
      ' • Import activities only for their types: `import type * as activities from ...`, with proxyActivities().',
      ' • Do what needs the module in an activity.',
      ' • If it is certain that the module is not used at run time, name it in `bundlerOptions.ignoreModules`.',
    ].join('\n'),
  );
}

/** For each module, the first one that imports it. Following these leads to the workflows, the shortest way. */
function importersOf(imports: Map<string, ModuleImport[]>): Map<string, { path: string; specifier: string }> {
  const importers = new Map<string, { path: string; specifier: string }>();
  const waiting = [...imports.keys()].filter((path) => path.startsWith('temporal:'));
  for (const path of waiting) {
    for (const imported of imports.get(path) ?? []) {
      if (importers.has(imported.path) || waiting.includes(imported.path)) continue;
      // What the made-up entry module imports is where the chain ends.
      if (!path.startsWith('temporal:')) importers.set(imported.path, { path, specifier: imported.specifier });
      waiting.push(imported.path);
    }
  }
  return importers;
}

/** `file:line` of an import, as far as the line can be found. */
function place(path: string, specifier: string): string {
  const file = relative(process.cwd(), path);
  try {
    const lines = readFileSync(path, 'utf8').split('\n');
    const index = lines.findIndex((line) => line.includes(`'${specifier}'`) || line.includes(`"${specifier}"`));
    return index < 0 ? file : `${file}:${index + 1}`;
  } catch {
    return file;
  }
}
