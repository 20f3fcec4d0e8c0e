import { defineProperty, getOwnPropertyDescriptor } from '../primordials.ts';

/** Puts a function in the place of one of the language, by which it cannot be told from it. */
export function replaceMethod<F extends (...args: never[]) => unknown>(
  holder: object,
  key: PropertyKey,
  method: F,
): void {
  const original = getOwnPropertyDescriptor(holder, key) as PropertyDescriptor;
  // A bound function prints as one of the engine's.
  const value = method.bind(undefined);
  for (const name of ['name', 'length']) {
    defineProperty(value, name, getOwnPropertyDescriptor(original.value, name) as PropertyDescriptor);
  }
  defineProperty(holder, key, { ...original, value });
}
