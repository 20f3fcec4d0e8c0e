import { dlopen, ptr } from 'bun:ffi';
import { readFileSync, writeSync } from 'node:fs';

/** The end of the name of an embedded library that is compressed with Zstandard. */
export const COMPRESSED = '.zst';

const MFD_CLOEXEC = 1;

/** Whether a path is inside of an executable of `bun build --compile`. */
export function isEmbedded(path: string): boolean {
  return path.startsWith('/$bunfs/') || /^[A-Z]:[\\/]~BUN[\\/]/.test(path);
}

/**
 * Copies a file into memory and returns a path for `dlopen`. Bun loads an embedded library through a temporary file;
 * this function serves compressed ones, and systems where no file can be written. Linux only.
 *
 * The memory stays in use, and the path stays valid for all threads, until the process ends.
 */
export function copyToMemory(path: string): string {
  const libc = dlopen(`libc.so.6`, { memfd_create: { args: ['ptr', 'u32'], returns: 'i32' } });
  const descriptor = libc.symbols.memfd_create(ptr(Buffer.from('temporal_bun_bridge\0')), MFD_CLOEXEC);
  libc.close();
  if (descriptor < 0) throw new Error('memfd_create failed');
  const file = readFileSync(path);
  const contents = path.endsWith(COMPRESSED) ? Bun.zstdDecompressSync(file) : file;
  for (let written = 0; written < contents.length; ) written += writeSync(descriptor, contents, written);
  return `/proc/self/fd/${descriptor}`;
}
