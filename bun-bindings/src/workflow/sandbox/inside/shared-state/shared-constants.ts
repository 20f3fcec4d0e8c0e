import { encodingKeys } from '@temporalio/common/lib/converter/types';
import Long from 'long';

/** `Long` keeps the numbers that it makes in these ranges, and gives them to whoever asks next. */
export function freezeCachedNumbers(): void {
  for (let value = -128; value < 256; value++) {
    Object.freeze(Long.fromInt(value));
    Object.freeze(Long.fromInt(value, true));
  }
}

/** Freezes data, and the functions in it. */
export function freezeDeep(root: unknown): void {
  const waiting = [root];
  for (const value of waiting) {
    if (value === null || (typeof value !== 'object' && typeof value !== 'function') || Object.isFrozen(value))
      continue;
    Object.freeze(value);
    for (const key of Reflect.ownKeys(value)) {
      // Functions that are sloppy have accessors that belong to the language.
      const property = Object.getOwnPropertyDescriptor(value, key);
      if (property !== undefined && 'value' in property) waiting.push(property.value);
    }
  }
}

/** Gives a copy to each who asks for the bytes of an encoding, since bytes cannot be frozen. */
export function copyEncodings(): void {
  for (const [name, bytes] of Object.entries(encodingKeys)) {
    Object.defineProperty(encodingKeys, name, { get: () => new Uint8Array(bytes), enumerable: true });
  }
}
