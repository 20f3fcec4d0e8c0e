import { resolve } from 'node:path';

/** Platforms that there is a package with a library for, as `platformName` names them. */
export const PLATFORMS: readonly string[] = ['linux-x64-gnu'];

/** The package with the library for a platform. */
export function platformPackage(platform: string): string {
  return `@temporal-bun-sdk/${platform}`;
}

/**
 * The library's file in the package for `platform`: on disk, or in the executable that `bun build --compile` made. Undefined if
 * the package is not installed.
 *
 * Each package is named in a `require` of its own, for bundlers to find it, and under a condition that they can decide.
 */
export function platformLibrary(platform: string): string | undefined {
  try {
    if (process.platform === 'linux' && process.arch === 'x64' && platform === 'linux-x64-gnu') {
      return absolute(require('@temporal-bun-sdk/linux-x64-gnu'));
    }
  } catch {
    // Not installed, or left out of a bundle because it was not.
  }
  return undefined;
}

/** A bundle names the files that lie beside it by relative paths. */
function absolute(library: { default: string }): string {
  return resolve(import.meta.dir, library.default);
}
