import { getRandomStream } from '@temporalio/workflow';
import { DOMException } from './dom-exception.ts';

/** Draws the run's ids from a stream of their own, so that an id leaves `Math.random()` as it is. */
const STREAM = 'temporal-bun-sdk/crypto';

/** Most bytes that the standard has `getRandomValues` give at once. */
const MAX_BYTES = 65_536;

const INTEGERS = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
];

export function randomUUID(): string {
  return getRandomStream(STREAM).uuid4();
}

export function getRandomValues<T extends ArrayBufferView>(view: T): T {
  if (!INTEGERS.some((IntegerArray) => (view as unknown) instanceof IntegerArray))
    throw new DOMException('The data argument must be an integer-type TypedArray', 'TypeMismatchError');
  if (view.byteLength > MAX_BYTES)
    throw new DOMException(
      `The requested length exceeds ${MAX_BYTES} bytes, which is all that can be had at once`,
      'QuotaExceededError',
    );
  getRandomStream(STREAM).fill(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  return view;
}

/** `crypto` of a run: random by the run's seed, so nothing to make secrets of. `subtle` is not there: it answers from other threads. */
export function makeCrypto(): object {
  class Crypto {
    getRandomValues<T extends ArrayBufferView>(view: T): T {
      return getRandomValues(view);
    }

    randomUUID(): string {
      return randomUUID();
    }

    get [Symbol.toStringTag](): string {
      return 'Crypto';
    }
  }
  return new Crypto();
}
