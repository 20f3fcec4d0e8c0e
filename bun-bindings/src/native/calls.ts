import { NativeBridgeError } from './error.ts';
import { native } from './library.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The code `TEMPORAL_BUN_CODE_BUFFER_TOO_SMALL`. */
export const BUFFER_TOO_SMALL = 6;

/** Bytes for the bridge: a pointer and a length. An empty array has no pointer. */
export type BytesArgument = readonly [bytes: Uint8Array | null, length: number];

/** Converts bytes to arguments of the bridge, which reads them during the call only. */
export function bytesArgument(bytes: Uint8Array): BytesArgument {
  return bytes.length === 0 ? [null, 0] : [bytes, bytes.length];
}

/** Converts text to arguments of the bridge, as UTF-8. */
export function textArgument(text: string): BytesArgument {
  return bytesArgument(encoder.encode(text));
}

/** Converts a configuration to arguments of the bridge, as JSON. */
export function jsonArgument(value: object): BytesArgument {
  return textArgument(JSON.stringify(value));
}

/** Throws the calling thread's last error unless `code` is 0. */
export function checkCode(code: number): void {
  if (code !== 0) throw lastError();
}

/** Throws the calling thread's last error if `handle` is 0. */
export function checkHandle(handle: number | bigint): number {
  if (handle === 0) throw lastError();
  return Number(handle);
}

/** Throws the calling thread's last error if `size` is negative. */
export function checkSize(size: number | bigint): number {
  if (size < 0) throw lastError();
  return Number(size);
}

/** Copies text out of the bridge. Calls `copy` without memory first to learn the size, then with that much memory. */
export function readText(copy: (out: Uint8Array | null, capacity: number) => number | bigint): string {
  const length = checkSize(copy(null, 0));
  if (length === 0) return '';
  const out = new Uint8Array(length);
  copy(out, length);
  return decoder.decode(out);
}

function lastError(): NativeBridgeError {
  return NativeBridgeError.parse(readText((out, capacity) => native().temporal_bun_last_error(out, capacity)));
}
