import { readFileSync } from 'node:fs';
import type { BundleFiles, LoadedBundle, MappedCode } from './loaded-bundle.ts';

/** The source maps of a bundle, as {@link BundleFiles.maps} has them: in JSON, compressed with Zstandard. */
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
