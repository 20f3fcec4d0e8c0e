import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { NativeBridgeError } from './error.ts';
import { libraryFileName, platformName } from './platform.ts';
import { PLATFORMS, platformLibrary, platformPackage } from './platform-library.ts';

/** The variable with the path of a library file, or of a folder that contains one. */
const PATH_VARIABLE = 'TEMPORAL_BUN_SDK_NATIVE_PATH';

/** The locations to search. Tests replace parts of them. */
export interface LibrarySearch {
  /** The value of {@link PATH_VARIABLE}. */
  override?: string;
  platform?: string;
  /** The library in the platform's package. */
  installed?: string;
  /** The library that was built in this package's checkout. */
  built?: string;
}

/**
 * Finds the native library: the one that {@link PATH_VARIABLE} names, or that of the platform's package, or the one
 * that was built in the checkout of this package.
 *
 * @throws NativeBridgeError `library_not_found`, or `unsupported_platform` if no package has a library for this one.
 */
export function findLibrary({
  override = process.env[PATH_VARIABLE],
  platform = platformName(),
  installed = platformLibrary(platform),
  built = join(import.meta.dir, '../../../target/release', libraryFileName()),
}: LibrarySearch = {}): string {
  if (override) return namedLibrary(override);
  if (installed !== undefined) return installed;
  if (existsSync(built)) return built;
  throw PLATFORMS.includes(platform) ? notInstalled(platform, built) : unsupported(platform, built);
}

/** Resolves an explicit path. Never falls back to another library, which would be a surprise. */
function namedLibrary(override: string): string {
  const path = isFolder(override) ? join(override, libraryFileName()) : override;
  if (existsSync(path)) return path;
  throw new NativeBridgeError(
    'library_not_found',
    `${PATH_VARIABLE} is set to ${override}, but there is no file ${path}. Correct the variable, or unset it to use the ` +
      'library of the installed package.',
    { candidates: [path] },
  );
}

function notInstalled(platform: string, built: string): NativeBridgeError {
  const name = platformPackage(platform);
  return new NativeBridgeError(
    'library_not_found',
    `the native library of temporal-bun-sdk for ${platform} is missing. Looked for:\n  the package ${name}\n  ${built}\n` +
      `The package is an optional dependency: install again without --omit=optional, on ${platform}, and before ` +
      '"bun build". In a checkout run "make build". A library elsewhere can be named in ' +
      `${PATH_VARIABLE}.`,
    { platform, candidates: [name, built] },
  );
}

function unsupported(platform: string, built: string): NativeBridgeError {
  return new NativeBridgeError(
    'unsupported_platform',
    `there is no native library of temporal-bun-sdk for ${platform}. There is one for: ${PLATFORMS.join(', ')}. ` +
      `${remedy(platform)} Or build it from the sources ("make build", which writes ${libraryFileName()}), and name ` +
      `the file in ${PATH_VARIABLE}. Looked for:\n  ${built}`,
    { platform, supported: PLATFORMS, candidates: [built] },
  );
}

function remedy(platform: string): string {
  if (platform.endsWith('-musl'))
    return 'Use an image with glibc: "oven/bun:slim", say, in the place of "oven/bun:alpine".';
  return 'Run the worker in a container of one of these: "docker run --platform linux/amd64", say.';
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
