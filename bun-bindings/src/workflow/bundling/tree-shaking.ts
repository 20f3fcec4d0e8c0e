import { isBuiltin } from 'node:module';
import { isAbsolute, resolve } from 'node:path';
import type { BunPlugin } from 'bun';
import type { BadImport } from './bad-imports.ts';
import { COMPILE_OPTIONS } from './bun-build.ts';
import { addImportRules, addModules, anyOf, specialImport } from './import-rules.ts';
import type { Entry } from './module-graph.ts';
import type { ModuleReader } from './module-reader.ts';
import { withoutNodePrefix } from './module-rules.ts';

/**
 * Omits the imports of modules that a bundle does not use. Code that imports one function of a barrel file does not
 * need another module of that barrel which reads files.
 *
 * Only a bundler can tell which modules are used, so this builds a bundle as for a browser. If that fails, all imports
 * count as used.
 */
export async function reachedImports(
  imports: readonly BadImport[],
  entry: Entry,
  ignoreModules: readonly string[],
  reader: ModuleReader,
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
      addImportRules(build, {
        ignoreModules,
        disallowed: [],
        library: (path) => ({ path, external: true }),
        project: { reader, isProjects: (path) => isAbsolute(path) && path !== entry.path },
      });
    },
  };
  const result = await Bun.build({
    ...COMPILE_OPTIONS,
    entrypoints: [entry.path],
    plugins: [plugin],
    throw: false,
  });
  if (!result.success) return [...imports];
  const used = new Set<string>();
  for (const { inputs } of Object.values((result.metafile as Bun.BuildMetafile).outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) if (bytesInOutput > 0) used.add(resolve(path));
  }
  return imports.filter(({ importer }) => used.has(importer));
}

/** An ES module that exports everything that the entry requires, so that it counts as used. */
function asEsModule(contents: string): string {
  return [...contents.matchAll(/require\(("(?:[^"\\]|\\.)*")\)/g)]
    .map(([, specifier], index) => `export * as m${index} from ${specifier};`)
    .join('\n');
}

/** An ES module with the exports of a built-in module, so that a bundler sees that importing it has no side effects. */
function pureModule(name: string): string {
  const names = Object.keys(require(name)).filter((key) => /^[A-Za-z_$][\w$]*$/.test(key) && key !== 'default');
  return `export default undefined;\n${names.map((key, index) => `const v${index} = undefined; export { v${index} as ${key} };`).join('\n')}`;
}
