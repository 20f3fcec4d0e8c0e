import { dlopen, ptr } from 'bun:ffi';
import { readFileSync, writeSync } from 'node:fs';

/** The end of the name of an embedded library that is compressed with Zstandard. */
export const COMPRESSED = '.zst';

/** Begins a file of several frames of Zstandard. The frame after it, which decoders skip, has the size of each of the others. */
export const SIZES_OF_FRAMES = 0x184d2a50;

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
  if (path.endsWith(COMPRESSED)) decompress(file, descriptor);
  else write(descriptor, file);
  return `/proc/self/fd/${descriptor}`;
}

function decompress(file: Buffer, descriptor: number): void {
  for (const frame of framesOf(file)) {
    const contents = Bun.zstdDecompressSync(frame);
    write(descriptor, contents);
    // Gives the memory back at once: the next frame finds it in the processor's cache.
    (contents.buffer as ArrayBuffer).transfer(0);
  }
}

/** The frames of a compressed file that can be decompressed by themselves: one, if it does not tell of several. */
function framesOf(file: Buffer): Buffer[] {
  if (file.readUInt32LE(0) !== SIZES_OF_FRAMES) return [file];
  const frames: Buffer[] = [];
  const first = 8 + file.readUInt32LE(4);
  let start = first;
  for (let entry = 8; entry < first; entry += 4) {
    const end = start + file.readUInt32LE(entry);
    frames.push(file.subarray(start, end));
    start = end;
  }
  return frames;
}

function write(descriptor: number, contents: Uint8Array): void {
  for (let written = 0; written < contents.length; ) written += writeSync(descriptor, contents, written);
}
