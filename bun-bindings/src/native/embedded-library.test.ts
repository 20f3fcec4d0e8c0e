import { expect, test } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../tests/support/temporary-folder.ts';
import { compress, compressInFrames } from '../cli/compile/compress.ts';
import { copyToMemory, isEmbedded } from './embedded-library.ts';

test('a path in an executable is told from one on a disk', () => {
  expect(isEmbedded('/$bunfs/root/library-1a2b3c.so')).toBe(true);
  expect(isEmbedded('B:\\~BUN\\root\\library-1a2b3c.dll')).toBe(true);
  expect(isEmbedded('/app/node_modules/library.so')).toBe(false);
});

test('a copy in memory has the contents of the file, at a path of this process', () => {
  const copy = copyToMemory(import.meta.path);
  expect(copy).toMatch(/^\/proc\/self\/fd\/\d+$/);
  expect(readFileSync(copy, 'utf8')).toBe(readFileSync(import.meta.path, 'utf8'));
});

test.each([
  ['whole', compress],
  ['in frames', compressInFrames],
])('a file that was compressed %s is decompressed, by any decoder too', async (_, compressed) => {
  await using folder = await temporaryFolder();
  // Some frames and a half, which differ.
  const numbers = Array.from({ length: 200_000 }, (_, index) => `${index}`).join(' ');
  const contents = Buffer.from(numbers).subarray(0, 900_000);
  const file = join(folder.path, 'library.zst');
  writeFileSync(file, compressed(contents));
  expect(readFileSync(copyToMemory(file)).equals(contents)).toBe(true);
  expect(Bun.zstdDecompressSync(readFileSync(file)).equals(contents)).toBe(true);
});
