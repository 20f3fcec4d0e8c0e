import { dlopen, type Library } from 'bun:ffi';
import { COMPRESSED, copyToMemory, isEmbedded } from './embedded-library.ts';
import { NativeBridgeError } from './error.ts';
import { findLibrary } from './library-search.ts';
import { elfArchitecture, libraryFileName, platformName } from './platform.ts';
import { symbols } from './symbols.ts';

/** The version of the C ABI that this package uses. */
const ABI_VERSION = 1;

export type NativeFunctions = Library<typeof symbols>['symbols'];

interface LoadedLibrary {
  path: string;
  functions: NativeFunctions;
}

let loaded: LoadedLibrary | undefined;

/**
 * The functions of the native library, which is loaded at the first call and stays loaded.
 *
 * Throws a NativeBridgeError: an error of `findLibrary`, `library_not_loaded` if the library cannot be loaded into this
 * process, or `wrong_abi_version`.
 */
export function native(): NativeFunctions {
  loaded ??= load(findLibrary());
  return loaded.functions;
}

/** The path from which `dlopen` has loaded the library. Throws like {@link native}. */
export function nativeLibraryPath(): string {
  native();
  return (loaded as LoadedLibrary).path;
}

/** Loads the same copy of the library as another thread of this process. Handles are valid within one copy only. */
export function shareNativeLibrary(path: string): void {
  loaded ??= load(path);
}

function load(found: string): LoadedLibrary {
  const { path, functions } = open(found);
  const actual = functions.temporal_bun_abi_version();
  if (actual !== ABI_VERSION) {
    throw new NativeBridgeError(
      'wrong_abi_version',
      `${path} speaks version ${actual} of the native interface, this package speaks version ${ABI_VERSION}: ` +
        'install the package and the library of the same version',
      { path, expected: ABI_VERSION, actual },
    );
  }
  return { path, functions };
}

function open(path: string): LoadedLibrary {
  if (path.endsWith(COMPRESSED)) return open(copyToMemory(path));
  try {
    return { path, functions: dlopen(path, symbols).symbols };
  } catch (error) {
    // Bun writes an embedded library to a temporary file, which fails where nothing can be written.
    if (isEmbedded(path) && process.platform === 'linux') return open(copyToMemory(path));
    throw notLoaded(path, error);
  }
}

function notLoaded(path: string, cause: unknown): NativeBridgeError {
  const platform = platformName();
  const dlopenError = cause instanceof Error ? cause.message : String(cause);
  return new NativeBridgeError(
    'library_not_loaded',
    `cannot load the native library ${path} on ${platform}: ${explain(path, dlopenError)}`,
    { path, platform, reason: dlopenError },
  );
}

/** Says why a library cannot be loaded, and what to do about it. */
function explain(path: string, dlopenError: string): string {
  const architecture = process.platform === 'linux' ? elfArchitecture(path) : process.arch;
  if (architecture === undefined) return `it is no library for Linux (${dlopenError}). Name a ${libraryFileName()}.`;
  if (architecture !== process.arch) {
    return (
      `it is built for ${architecture}, but this Bun is for ${process.arch}. Install the packages again on this ` +
      'machine, or run a Bun for the same architecture as the library.'
    );
  }
  if (platformName().endsWith('-musl')) {
    return (
      `this Bun runs on musl, and the library may need glibc (${dlopenError}). Use an image with glibc: "oven/bun:slim", ` +
      'say, in the place of "oven/bun:alpine".'
    );
  }
  const [, glibc] = /version `GLIBC_([\d.]+)' not found/.exec(dlopenError) ?? [];
  if (glibc !== undefined) {
    return `it needs glibc ${glibc} or newer. Use a newer system or image, or build the library on this one.`;
  }
  const [, missing] = /(\S+): cannot open shared object file/.exec(dlopenError) ?? [];
  if (missing !== undefined && !dlopenError.includes(`${path}: cannot open`)) {
    return (
      `it needs ${missing}, which this system does not have. Install that, or use the library of a published package, ` +
      'which needs glibc only.'
    );
  }
  return `it is of another version than this package (${dlopenError}). Install both in the same version.`;
}
