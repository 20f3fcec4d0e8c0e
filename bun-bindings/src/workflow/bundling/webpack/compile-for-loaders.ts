import type { ChangedSource } from '../build-changes.ts';
import { COMPILE_OPTIONS } from '../bun-build.ts';
import { anyOf } from '../import-rules.ts';

/** Compiles a module to JavaScript with `import` and `export`, for loaders that take what a compiler before them made. */
export async function compileForLoaders(
  path: string,
  { code, loader }: ChangedSource,
): Promise<{ content: string; map: object }> {
  const result = await Bun.build({
    ...COMPILE_OPTIONS,
    format: 'esm',
    // Definitions are applied to what loaders make of it.
    define: {},
    entrypoints: [path],
    plugins: [
      {
        name: 'temporal-compile-for-loaders',
        setup(build) {
          build.onResolve({ filter: /.*/ }, ({ path: specifier, kind }) => ({
            path: specifier,
            external: !kind.startsWith('entry-point'),
          }));
          build.onLoad({ filter: anyOf([path]) }, () => ({ contents: code, loader }));
        },
      },
    ],
  });
  const [content, map] = await Promise.all(
    ['entry-point', 'sourcemap'].map((kind) => result.outputs.find((output) => output.kind === kind)?.text()),
  );
  if (content === undefined || map === undefined) throw new Error(`Bun.build gave no output for ${path}`);
  return {
    content: content.replace(/\n\/\/# debugId=\w+\s*$/, '\n'),
    map: { ...JSON.parse(map), sources: [path], sourcesContent: [code] },
  };
}
