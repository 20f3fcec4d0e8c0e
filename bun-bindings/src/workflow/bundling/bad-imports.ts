import { importChain, lineOfImport, type ModuleImports, placeOfImport } from './import-chain.ts';

/** An import that is not allowed in workflow code. */
export interface BadImport {
  specifier: string;
  /** The path of the importing file. */
  importer: string;
}

/** Builds the error for disallowed imports, with the line and the import chain of each. */
export function disallowedModulesError(found: BadImport[], imports: ModuleImports): Error {
  return new Error(
    [
      'Your Workflow code (or a library used by your Workflow code) is importing the following disallowed modules:',
      ...listed(found, imports),
      'Workflow code has to do the same each time that it is replayed, and these modules reach out of it. What to do:',
      ' • Import activities only for their types: `import type * as activities from ...`, with proxyActivities().',
      ' • Do what needs the module in an activity.',
      ' • If it is certain that the module is not used at run time, name it in `bundlerOptions.ignoreModules`.',
    ].join('\n'),
  );
}

/** Builds the error for imports of modules that this version of the library does not have. */
export function missingModulesError(found: BadImport[], imports: ModuleImports): Error {
  return new Error(
    [
      'Cannot bundle workflow code: it imports modules that are not in the packages that temporal-bun-sdk comes with:',
      ...listed(found, imports),
      'Workflows always get these packages, whichever version of them is installed beside.',
    ].join('\n'),
  );
}

/** Builds the error for imports of modules that were not found. */
export function unresolvedModulesError(found: BadImport[], imports: ModuleImports): Error {
  return new Error(
    [
      'Cannot bundle workflow code:',
      ...found.flatMap(({ specifier, importer }) => [
        `error: Could not resolve: "${specifier}"`,
        `    at ${placeOfImport(importer, specifier)}`,
        ...lineOfImport(importer, specifier).map((line) => `    ${line}`),
        ...importChain(importer, imports).map((line) => `    ${line}`),
      ]),
    ].join('\n'),
  );
}

function listed(found: BadImport[], imports: ModuleImports): string[] {
  const first = new Map(found.map((entry) => [entry.specifier, entry] as const).reverse());
  return [...first.values()].flatMap(({ specifier, importer }) => [
    `  - '${specifier}', imported by ${placeOfImport(importer, specifier)}`,
    ...importChain(importer, imports).map((line) => `      ${line}`),
  ]);
}
