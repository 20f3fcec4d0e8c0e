import { readFileSync } from 'node:fs';
import type { LoadedBundle, MappedCode } from './loaded-bundle.ts';

/** The files of a bundle in an executable. The code lies there as it is, so that a thread that starts takes next to no time for it. */
export interface BundleFiles {
  library: string;
  workflows: string;
  /** The {@link BundleMaps} in JSON, compressed with Zstandard. */
  maps: string;
  /** The hash of the bundle's code. */
  hash: string;
}

/** The source maps of a bundle. */
export interface BundleMaps {
  library: string;
  workflows: string;
}

/** A bundle whose parts are read whenever they are asked for: mostly once, or not at all. */
export function bundleIn(files: BundleFiles): LoadedBundle {
  const codeIn = (part: keyof BundleMaps): MappedCode => ({
    get code() {
      return readFileSync(files[part], 'utf8');
    },
    get map() {
      const maps = new TextDecoder().decode(Bun.zstdDecompressSync(readFileSync(files.maps)));
      return (JSON.parse(maps) as BundleMaps)[part];
    },
  });
  return { library: codeIn('library'), workflows: codeIn('workflows'), files };
}
