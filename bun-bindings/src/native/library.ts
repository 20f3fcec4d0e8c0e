import { dlopen, type Library } from 'bun:ffi';
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { NativeBridgeError } from './error.ts';
import { symbols } from './symbols.ts';

/** The version of the C ABI that this package is written for. */
const ABI_VERSION = 1;
/** Names a library file, or a folder that holds one. */
const PATH_VARIABLE = 'TEMPORAL_BUN_SDK_NATIVE_PATH';

export type NativeFunctions = Library<typeof symbols>['symbols'];

let loaded: { path: string; functions: NativeFunctions } | undefined;

/**
 * The functions of the native library, which is loaded at the first call and stays loaded.
 *
 * Throws a NativeBridgeError: `library_not_found`, which lists the places that were looked at, or `wrong_abi_version`.
 */
export function native(): NativeFunctions {
  loaded ??= load(findLibrary());
  return loaded.functions;
}

/** Where the native library was, or would be, loaded from. Throws as {@link native} if it is nowhere. */
export function nativeLibraryPath(): string {
  return loaded?.path ?? findLibrary();
}

function load(path: string): { path: string; functions: NativeFunctions } {
  let functions: NativeFunctions;
  try {
    functions = dlopen(path, symbols).symbols;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new NativeBridgeError('library_not_found', `${path} is not a library of this version: ${reason}`, { path });
  }
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

function findLibrary(): string {
  const candidates = libraryCandidates();
  const path = candidates.find((candidate) => existsSync(candidate));
  if (path !== undefined) return path;
  throw new NativeBridgeError(
    'library_not_found',
    `the native library of temporal-bun-sdk is missing. Looked for:\n${candidates.map((path) => `  ${path}`).join('\n')}\n` +
      `Build it with "cargo build --release", or let ${PATH_VARIABLE} name the file or its folder.`,
    { candidates },
  );
}

/** The places where the library may be, best first. */
export function libraryCandidates(
  packageFolders: readonly string[] = thisPackage(),
  override: string | undefined = process.env[PATH_VARIABLE],
): string[] {
  const name = libraryName();
  const candidates = packageFolders.flatMap((folder) => [
    join(folder, 'native', `${process.platform}-${process.arch}`, name),
    // In a checkout the package lies beside the bridge's build folder.
    join(folder, '..', 'target', 'release', name),
  ]);
  if (override) candidates.push(isFolder(override) ? join(override, name) : override);
  return candidates;
}

/** This package's folder, and the one that it was installed from, which an installer may have linked to or copied. */
function thisPackage(): string[] {
  const installed = join(import.meta.dir, '..', '..');
  return [...new Set([installed, realpathSync(installed), ...copiedFrom(installed)])];
}

/**
 * The folders that `bun install` may have copied this package from. A copy does not know its source, but the project does: its
 * package.json or, in a workspace, its bun.lock has the path of the `file:` dependency.
 */
function copiedFrom(installed: string): string[] {
  const sources: string[] = [];
  for (let folder = dirname(installed); folder !== dirname(folder); folder = dirname(folder)) {
    for (const file of [join(folder, 'package.json'), join(folder, 'bun.lock')]) {
      if (!existsSync(file)) continue;
      const paths = readFileSync(file, 'utf8').matchAll(/"(?:temporal-bun-sdk@)?file:([^"]+)"/g);
      for (const [, path = ''] of paths) sources.push(resolve(folder, path));
    }
  }
  return sources.filter(isThisPackage);
}

function isThisPackage(folder: string): boolean {
  const file = join(folder, 'package.json');
  return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).name === 'temporal-bun-sdk';
}

function libraryName(): string {
  switch (process.platform) {
    case 'darwin':
      return 'libtemporal_bun_bridge.dylib';
    case 'win32':
      return 'temporal_bun_bridge.dll';
    default:
      return 'libtemporal_bun_bridge.so';
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
