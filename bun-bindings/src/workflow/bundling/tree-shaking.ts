import { isBuiltin } from 'node:module';
import { resolve } from 'node:path';
import type { BunPlugin } from 'bun';
import type { BadImport } from './bad-imports.ts';
import { COMPILE_OPTIONS } from './bun-build.ts';
import { addImportRules, addModules, anyOf, specialImport } from './import-rules.ts';
import type { Entry } from './module-graph.ts';
import { withoutNodePrefix } from './module-rules.ts';

/**
 * Leaves out imports by modules of which a bundle uses nothing: code that imports one function of a barrel does not mean
 * the module beside it that reads files.
 *
 * Only a bundler can tell, so this makes a bundle as for a browser. If that is not possible all imports count.
 */
export async function reachedImports(
  imports: readonly BadImport[],
  entry: Entry,
  ignoreModules: readonly string[],
): Promise<BadImport[]> {
  const plugin: BunPlugin = {
    name: 'temporal-tree-shaking',
    setup(build) {
      build.onResolve({ filter: anyOf([entry.path]) }, ({ path }) => ({ path }));
      build.onLoad({ filter: anyOf([entry.path]) }, () => ({ contents: asEsModule(entry.contents), loader: 'js' }));
      build.onResolve({ filter: /^[^./]/ }, ({ path, importer }) =>
        specialImport(path, importer, ignoreModules)?.kind === 'disallowed' && isBuiltin(path)
          ? { path: withoutNodePrefix(path), namespace: 'temporal-pure' }
          : undefined,
      );
      addModules(build, 'temporal-pure', pureModule);
      addImportRules(build, { ignoreModules, disallowed: [], library: (path) => ({ path, external: true }) });
    },
  };
  const result = await Bun.build({ ...COMPILE_OPTIONS, entrypoints: [entry.path], plugins: [plugin], throw: false });
  if (!result.success) return [...imports];
  const used = new Set<string>();
  for (const { inputs } of Object.values((result.metafile as Bun.BuildMetafile).outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) if (bytesInOutput > 0) used.add(resolve(path));
  }
  return imports.filter(({ importer }) => used.has(importer));
}

/** An ES module that exports all that the entry requires: what is required is never left out. */
function asEsModule(contents: string): string {
  return [...contents.matchAll(/require\(("(?:[^"\\]|\\.)*")\)/g)]
    .map(([, specifier], index) => `export * as m${index} from ${specifier};`)
    .join('\n');
}

/** An ES module with the names of a built-in one, so that a bundler can see that importing it does nothing. */
function pureModule(name: string): string {
  const names = Object.keys(require(name)).filter((key) => /^[A-Za-z_$][\w$]*$/.test(key) && key !== 'default');
  return `export default undefined;\n${names.map((key, index) => `const v${index} = undefined; export { v${index} as ${key} };`).join('\n')}`;
}
