import type { PluginBuilder } from 'bun';
import { COMPRESSED } from '../../native/embedded-library.ts';
import { compress } from './compress.ts';

/** The end of names of files that are taken in as they are, to be read in no time. */
export const AS_IT_IS = '.bin';

/** Takes in what is imported as `NAMESPACE:NAME` as a file, compressed or {@link AS_IT_IS}. */
export function embedFiles(
  build: PluginBuilder,
  namespace: string,
  contentsOf: (name: string) => Uint8Array | string,
): void {
  build.onResolve({ filter: new RegExp(`^${namespace}:`) }, ({ path }) => ({
    path: path.slice(namespace.length + 1),
    namespace,
  }));
  for (const [ending, encode] of [
    [COMPRESSED, compress],
    [AS_IT_IS, (contents: Uint8Array | string) => contents],
  ] as const) {
    build.onLoad({ filter: new RegExp(`\\${ending}$`), namespace }, ({ path }) => ({
      contents: encode(contentsOf(path)),
      loader: 'file',
    }));
  }
}
