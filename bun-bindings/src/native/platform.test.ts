import { expect, test } from 'bun:test';
import { elfArchitecture, libCOf, platformName } from './platform.ts';

test('musl is told from glibc by what a process has loaded', () => {
  expect(libCOf('7f00-7f01 r-xp 00000000 fe:00 1 /lib/ld-musl-x86_64.so.1\n')).toBe('musl');
  expect(libCOf('7f00-7f01 r-xp 00000000 fe:00 1 /usr/lib/x86_64-linux-gnu/libc.so.6\n')).toBe('gnu');
});

test('the name of a platform has its system and its architecture, and the C library on Linux', () => {
  const name = platformName();
  expect(name).toStartWith(`${process.platform}-${process.arch}`);
  expect(/-(gnu|musl)$/.test(name)).toBe(process.platform === 'linux');
});

test('an executable tells its architecture, other files have none', () => {
  expect(elfArchitecture(process.execPath)).toBe(process.platform === 'linux' ? process.arch : undefined);
  expect(elfArchitecture(import.meta.path)).toBeUndefined();
});
