import { extname } from 'node:path';
import { COMPILE_OPTIONS } from './bun-build.ts';
import { literally } from './import-rules.ts';
import type { GraphModule } from './module-graph.ts';
import { transpilerLoader } from './module-source.ts';

/**
 * How a module uses another one:
 *
 * - `none`: not at all. The code is never reached, or calls a `require` of its own.
 * - `optional`: the module goes on without it, by `try`, or by `catch` after an `import()`
 * - `needed`: else
 */
export type ImportUse = 'none' | 'optional' | 'needed';

/** A module that no package has. */
const ABSENT = '~temporal-absent';

/** Finds out how a module uses what it imports as `specifier`. Compiles it once more, so ask only about what cannot be bundled. */
export async function importUse(module: GraphModule, specifier: string): Promise<ImportUse> {
  const { id, text, defined, loader } = module;
  const quoted = new RegExp(`(['"\`])${literally(specifier)}\\1`, 'g');
  const contents = (defined ?? text).replace(quoted, JSON.stringify(ABSENT));
  let isAskedFor = false;
  const { success } = await Bun.build({
    ...COMPILE_OPTIONS,
    entrypoints: [id],
    plugins: [
      {
        name: 'temporal-import-use',
        setup(build) {
          build.onResolve({ filter: /.*/ }, ({ path, kind }) => {
            if (kind.startsWith('entry-point')) return { path };
            if (path !== ABSENT) return { path, external: true };
            isAskedFor = true;
            // Bun says whether that is an error.
            return undefined;
          });
          build.onLoad({ filter: /.*/ }, () => ({
            contents,
            loader: defined === undefined ? (loader ?? transpilerLoader(extname(id))) : 'js',
          }));
        },
      },
    ],
    throw: false,
  });
  if (!success) return 'needed';
  return isAskedFor ? 'optional' : 'none';
}
