import type { SharedObjects } from './reach.ts';

/** The class itself: a run may put another one in its place. */
const Bytes = Uint8Array;

/** A buffer that runs share, as it was before any run had a turn. */
export interface WatchedBytes {
  /** For error messages. */
  name: string;
  bytes: Uint8Array;
  before: Uint8Array;
  count: number;
}

/** A larger buffer would take too long to compare after each turn. */
const MAX_BYTES = 65_536;

/** Takes the bytes of the buffers of preloaded modules, and of those that their typed arrays have. */
export function watchBytes(shared: SharedObjects): WatchedBytes[] {
  const buffers = new Map<ArrayBuffer, string>();
  for (const [object, { name, owner }] of shared) {
    if (owner !== 'preloaded') continue;
    const buffer = ArrayBuffer.isView(object) ? object.buffer : object;
    if (buffer instanceof ArrayBuffer && !buffers.has(buffer)) buffers.set(buffer, name);
  }
  return [...buffers].flatMap(([buffer, name]) => {
    const bytes = new Bytes(buffer);
    if (bytes.length > MAX_BYTES) return [];
    return [{ name, bytes, before: bytes.slice(), count: bytes.length }];
  });
}

/** Whether any byte is another one. A buffer that a run has given away has none. */
export function haveChanged({ bytes, before, count }: WatchedBytes): boolean {
  for (let index = 0; index < count; index++) if (bytes[index] !== before[index]) return true;
  return false;
}

/** The bytes that it has now. */
export function bytesOf({ bytes, count }: WatchedBytes): Uint8Array {
  const taken = new Bytes(count);
  for (let index = 0; index < count; index++) taken[index] = bytes[index] as number;
  return taken;
}

export function setBytes({ bytes, count }: WatchedBytes, values: Uint8Array): void {
  for (let index = 0; index < count; index++) bytes[index] = values[index] as number;
}
