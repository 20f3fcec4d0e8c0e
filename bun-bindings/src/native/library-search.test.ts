import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NativeBridgeError } from './error.ts';
import { findLibrary, type LibrarySearch } from './library-search.ts';
import { libraryFileName } from './platform.ts';
import { PLATFORMS } from './platform-library.ts';

const folder = mkdtempSync(join(tmpdir(), 'library-search-'));
afterAll(() => rmSync(folder, { recursive: true }));
const built = join(folder, libraryFileName());
writeFileSync(built, '');

const [platform = ''] = PLATFORMS;
const installed = '/app/node_modules/library.so';

/** The error of a search with nothing but what is given. */
function errorOf(search: LibrarySearch): NativeBridgeError {
  try {
    findLibrary({ override: '', platform, installed: undefined, built: '/no/checkout/library.so', ...search });
  } catch (error) {
    expect(error).toBeInstanceOf(NativeBridgeError);
    return error as NativeBridgeError;
  }
  throw new Error('a library was found');
}

test('the file that the variable names goes before all others', () => {
  const override = join(folder, 'named.so');
  writeFileSync(override, '');
  expect(findLibrary({ override, platform, installed, built })).toBe(override);
});

test('the variable may name the folder of the library', () => {
  expect(findLibrary({ override: folder, platform, installed, built: '/no/checkout/library.so' })).toBe(built);
});

test('a file that the variable names and that is missing is an error, whatever else there is', () => {
  const error = errorOf({ override: '/wrong/library.so', installed, built });
  expect(error.code).toBe('library_not_found');
  expect(error.message).toContain('TEMPORAL_BUN_SDK_NATIVE_PATH is set to /wrong/library.so, but there is no file');
});

test("the library of the platform's package goes before the one of a checkout", () => {
  expect(findLibrary({ override: '', platform, installed, built })).toBe(installed);
  expect(findLibrary({ override: '', platform: 'aix-ppc64', installed: undefined, built })).toBe(built);
});

test('a platform whose package is not installed gives an error that names the package, the places and the remedy', () => {
  const error = errorOf({});
  expect(error.code).toBe('library_not_found');
  expect(error.details).toEqual({
    platform,
    candidates: [`@temporal-bun-sdk/${platform}`, '/no/checkout/library.so'],
  });
  expect(error.message).toContain(`for ${platform} is missing`);
  expect(error.message).toContain('--omit=optional');
});

test('a platform without a library gives an error that names it, those that have one, and the remedy', () => {
  const error = errorOf({ platform: 'linux-arm64-gnu' });
  expect(error.code).toBe('unsupported_platform');
  expect(error.message).toContain('no native library of temporal-bun-sdk for linux-arm64-gnu');
  expect(error.message).toContain(`There is one for: ${platform}.`);
  expect(error.message).toContain('--platform linux/amd64');
});

test('a system with musl is told to take one with glibc', () => {
  const error = errorOf({ platform: 'linux-x64-musl' });
  expect(error.code).toBe('unsupported_platform');
  expect(error.message).toContain('for linux-x64-musl');
  expect(error.message).toContain('oven/bun:slim');
});
