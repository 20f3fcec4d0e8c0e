import { constants, zstdCompressSync } from 'node:zlib';
import { SIZES_OF_FRAMES } from '../../native/embedded-library.ts';

/** Of Zstandard. Level 1 makes the library two megabytes smaller, and takes twice the time at each start. */
const LEVEL = -3;
/** Bytes of a frame before compression: they fit into the processor's cache. */
const FRAME_BYTES = 256 * 1024;

/** Compresses a file of an executable, to be decompressed quickly when that starts. */
export function compress(contents: Uint8Array | string): Uint8Array {
  return zstdCompressSync(contents, { params: { [constants.ZSTD_c_compressionLevel]: LEVEL } });
}

/** Compresses a large file in frames that can be decompressed one by one, since a copy of the whole takes longer. */
export function compressInFrames(contents: Uint8Array): Uint8Array {
  const frames: Uint8Array[] = [];
  for (let start = 0; start < contents.length; start += FRAME_BYTES)
    frames.push(compress(contents.subarray(start, start + FRAME_BYTES)));
  const sizes = Uint32Array.from(frames, ({ length }) => length);
  return Buffer.concat([
    new Uint8Array(Uint32Array.of(SIZES_OF_FRAMES, sizes.byteLength).buffer),
    new Uint8Array(sizes.buffer),
    ...frames,
  ]);
}
