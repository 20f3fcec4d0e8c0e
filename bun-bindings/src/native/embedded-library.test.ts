import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
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
