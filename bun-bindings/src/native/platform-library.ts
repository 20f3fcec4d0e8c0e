import { resolve } from 'node:path';

/** The platforms that have a package with a library, named by `platformName`. */
export const PLATFORMS: readonly string[] = ['linux-x64-gnu'];

/** Returns the name of the package with the library for a platform. */
export function platformPackage(platform: string): string {
  return `@temporal-bun-sdk/${platform}`;
}

/**
 * Returns the library file of the package for `platform`: on disk, or inside of an executable of `bun build --compile`.
 * Undefined if the package is not installed.
 *
 * Each package has its own `require`, so that bundlers find it, under a condition that bundlers can evaluate.
 */
export function platformLibrary(platform: string): string | undefined {
  try {
    if (process.platform === 'linux' && process.arch === 'x64' && platform === 'linux-x64-gnu') {
      return absolute(require('@temporal-bun-sdk/linux-x64-gnu'));
    }
  } catch {
    // Not installed, or not in the bundle because it was not installed.
  }
  return undefined;
}

/** Resolves a path. A bundle refers to the files beside it by relative paths. */
function absolute(library: { default: string }): string {
  return resolve(import.meta.dir, library.default);
}
