import { importChain, type ModuleImports, placeOfImport } from './import-chain.ts';

/** An import of a module that has no place in a workflow. */
export interface DisallowedImport {
  specifier: string;
  /** Path of the file that imports it. */
  importer: string;
}

/** Tells what is wrong with the imports of a bundle: which, on which line, and how the workflows come to them. */
export function disallowedModulesError(found: DisallowedImport[], imports: ModuleImports): Error {
  const first = new Map(found.map((entry) => [entry.specifier, entry] as const).reverse());
  const list = [...first.values()].map(({ specifier, importer }) =>
    [
      `  - '${specifier}', imported by ${placeOfImport(importer, specifier)}`,
      ...importChain(importer, imports).map((line) => `      ${line}`),
    ].join('\n'),
  );
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
