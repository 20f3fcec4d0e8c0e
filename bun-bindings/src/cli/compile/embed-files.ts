import type { PluginBuilder } from 'bun';
import { COMPRESSED } from '../../native/embedded-library.ts';

/** The end of names of files that are taken in as they are, to be read in no time. */
export const AS_IT_IS = '.bin';

/** Takes in what is imported as `NAMESPACE:NAME` as a file, whose name ends with {@link COMPRESSED} or {@link AS_IT_IS}. */
export function embedFiles(
  build: PluginBuilder,
  namespace: string,
  contentsOf: (name: string) => Uint8Array | string,
): void {
  build.onResolve({ filter: new RegExp(`^${namespace}:`) }, ({ path }) => ({
    path: path.slice(namespace.length + 1),
    namespace,
  }));
  build.onLoad({ filter: new RegExp(`\\${COMPRESSED}$|\\${AS_IT_IS}$`), namespace }, ({ path }) => ({
    contents: contentsOf(path),
    loader: 'file',
  }));
}
