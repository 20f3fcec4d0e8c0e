/** The part of `node:crypto` that is arithmetic: digests, and random values by the run's seed. */

import { crypto, getRandomValues, randomUUID } from 'temporal:run';
import { hmac } from '@noble/hashes/hmac.js';
import { md5, ripemd160, sha1 } from '@noble/hashes/legacy.js';
import { sha224, sha256, sha384, sha512, sha512_256 } from '@noble/hashes/sha2.js';
import { sha3_224, sha3_256, sha3_384, sha3_512 } from '@noble/hashes/sha3.js';
import { Buffer } from 'buffer';

type Data = string | ArrayBufferView;
type Encoding = 'hex' | 'base64' | 'base64url' | 'latin1' | 'binary' | 'utf8';

const ALGORITHMS = {
  md5,
  ripemd160,
  rmd160: ripemd160,
  sha1,
  sha224,
  sha256,
  sha384,
  sha512,
  'sha512-256': sha512_256,
  'sha3-224': sha3_224,
  'sha3-256': sha3_256,
  'sha3-384': sha3_384,
  'sha3-512': sha3_512,
};

function algorithmOf(name: string): (typeof ALGORITHMS)['sha256'] {
  const key = name.toLowerCase().replace(/^(rsa-)?(md5|sha-?\d+)/, (_, _rsa, plain: string) => plain.replace('-', ''));
  const algorithm = (ALGORITHMS as Record<string, unknown>)[key];
  if (algorithm === undefined) throw new Error(`Digest method not supported: ${name}`);
  return algorithm as (typeof ALGORITHMS)['sha256'];
}

function bytesOf(data: Data, encoding?: string): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, (encoding === 'buffer' ? 'utf8' : encoding) as 'utf8');
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  throw Object.assign(
    new TypeError('The "data" argument must be of type string or an instance of Buffer or TypedArray'),
    {
      code: 'ERR_INVALID_ARG_TYPE',
    },
  );
}

/** The methods of a digest. Both kinds of `@noble/hashes` have these names. */
interface Computation {
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array;
  clone(): Computation;
}

class Digest {
  readonly #computation: Computation;
  #isDone = false;

  constructor(computation: Computation) {
    this.#computation = computation;
  }

  update(data: Data, encoding?: string): this {
    if (this.#isDone) throw Object.assign(new Error('Digest already called'), { code: 'ERR_CRYPTO_HASH_FINALIZED' });
    this.#computation.update(bytesOf(data, encoding));
    return this;
  }

  digest(encoding?: Encoding): Buffer | string {
    if (this.#isDone) throw Object.assign(new Error('Digest already called'), { code: 'ERR_CRYPTO_HASH_FINALIZED' });
    this.#isDone = true;
    return encoded(this.#computation.digest(), encoding);
  }

  copy(): Digest {
    return new Digest(this.#computation.clone());
  }
}

export { Digest as Hash, Digest as Hmac };

function encoded(bytes: Uint8Array, encoding?: Encoding | 'buffer'): Buffer | string {
  const buffer = Buffer.from(bytes);
  if (encoding === undefined || encoding === 'buffer') return buffer;
  if (encoding !== 'base64url') return buffer.toString(encoding);
  return buffer.toString('base64').replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_');
}

export function createHash(algorithm: string): Digest {
  return new Digest(algorithmOf(algorithm).create());
}

export function createHmac(algorithm: string, key: Data): Digest {
  return new Digest(hmac.create(algorithmOf(algorithm), bytesOf(key)));
}

/** The digest of `data` in one call, as hex unless an encoding is given. */
export function hash(algorithm: string, data: Data, encoding: Encoding | 'buffer' = 'hex'): Buffer | string {
  return encoded(algorithmOf(algorithm)(bytesOf(data)), encoding);
}

export function getHashes(): string[] {
  return Object.keys(ALGORITHMS);
}

type BytesCallback = (error: null, bytes: Buffer) => void;

export function randomBytes(size: number, callback?: BytesCallback): Buffer | undefined {
  const bytes = randomFillSync(Buffer.alloc(size));
  if (callback === undefined) return bytes;
  Promise.resolve().then(() => callback(null, bytes));
  return undefined;
}

export function randomFillSync<T extends ArrayBufferView>(view: T, offset = 0, size = view.byteLength - offset): T {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + offset, size);
  // More than this is refused at once.
  for (let start = 0; start < bytes.length; start += 65_536) getRandomValues(bytes.subarray(start, start + 65_536));
  return view;
}

/** A whole number from `min`, 0 if it is left out, up to but not including `max`. */
export function randomInt(min: number, max?: number): number {
  const [low, high] = max === undefined ? [0, min] : [min, max];
  const range = high - low;
  if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high) || range <= 0 || range > 2 ** 48)
    throw new RangeError(`The value of "max" is out of range. It must be greater than the value of "min" (${low}).`);
  const limit = Math.floor(2 ** 48 / range) * range;
  for (;;) {
    const [a = 0, b = 0, c = 0] = getRandomValues(new Uint16Array(3));
    const drawn = a * 2 ** 32 + b * 2 ** 16 + c;
    if (drawn < limit) return low + (drawn % range);
  }
}

export function timingSafeEqual(a: ArrayBufferView, b: ArrayBufferView): boolean {
  if (a.byteLength !== b.byteLength)
    throw Object.assign(new RangeError('Input buffers must have the same byte length'), {
      code: 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH',
    });
  const [left, right] = [bytesOf(a), bytesOf(b)];
  return left.every((byte, index) => byte === right[index]);
}

export { crypto as webcrypto, getRandomValues, randomUUID };
