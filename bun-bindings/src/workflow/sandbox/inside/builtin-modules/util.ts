/** The part of `node:util` that needs nothing of the machine. */

import { isDeepEqual } from './deep-equal.ts';
import { format, inspect } from './inspect.ts';
import * as types from './util-types.ts';

const customPromisify: symbol = Symbol.for('nodejs.util.promisify.custom');

type Callback = (error: unknown, value?: unknown) => void;
type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

function requireFunction(value: unknown, name: string): asserts value is AnyFunction {
  if (typeof value === 'function') return;
  throw Object.assign(new TypeError(`The "${name}" argument must be of type function. Received ${inspect(value)}`), {
    code: 'ERR_INVALID_ARG_TYPE',
  });
}

/** A function that answers with a promise, of one that takes a callback `(error, value)` last. */
export function promisify(original: unknown): unknown {
  requireFunction(original, 'original');
  const own: unknown = Reflect.get(original, customPromisify);
  if (own !== undefined) {
    requireFunction(own, 'util.promisify.custom');
    return Object.defineProperty(own, customPromisify, { value: own, configurable: true });
  }
  function promisified(this: unknown, ...args: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const callback: Callback = (error, value) => (error ? reject(error) : resolve(value));
      (original as AnyFunction).call(this, ...args, callback);
    });
  }
  Object.setPrototypeOf(promisified, Object.getPrototypeOf(original));
  Object.defineProperty(promisified, customPromisify, { value: promisified, configurable: true });
  return Object.defineProperties(promisified, Object.getOwnPropertyDescriptors(original));
}
promisify.custom = customPromisify;

/** A function that takes a callback `(error, value)` last, of one that answers with a promise. */
export function callbackify(original: unknown): unknown {
  requireFunction(original, 'original');
  return function callbackified(this: unknown, ...args: unknown[]): void {
    const callback = args.pop();
    requireFunction(callback, 'last argument');
    Promise.resolve(original.call(this, ...args)).then(
      (value) => queue(() => callback.call(this, null, value)),
      (error) => queue(() => callback.call(this, error ?? new Error('Promise was rejected with a falsy value'))),
    );
  };
}

/** An error that a callback throws does not reject the promise that it was called for. */
function queue(call: () => void): void {
  Promise.resolve().then(call);
}

export function inherits(derived: unknown, base: unknown): void {
  requireFunction(derived, 'ctor');
  requireFunction(base, 'superCtor');
  Object.defineProperty(derived, 'super_', { value: base, writable: true, configurable: true });
  Object.setPrototypeOf(derived.prototype, base.prototype as object);
}

const warned = new Set<string>();

/** Warns when `fn` is called for the first time; once for each `code`. */
export function deprecate(fn: unknown, message: string, code?: string): unknown {
  requireFunction(fn, 'fn');
  let isWarned = false;
  function deprecated(this: unknown, ...args: unknown[]): unknown {
    if (!isWarned && !(code !== undefined && warned.has(code))) {
      if (code !== undefined) warned.add(code);
      console.warn(`DeprecationWarning: ${message}`);
    }
    isWarned = true;
    return new.target
      ? Reflect.construct(fn as AnyFunction, args, new.target)
      : (fn as AnyFunction).call(this, ...args);
  }
  Object.setPrototypeOf(deprecated, fn);
  if (fn.prototype !== undefined) deprecated.prototype = fn.prototype;
  return deprecated;
}

/** Sections are named in an environment variable, which a workflow has not. */
export function debuglog(): (() => void) & { enabled: boolean } {
  return Object.assign(() => {}, { enabled: false });
}
export const debug: typeof debuglog = debuglog;

export function isDeepStrictEqual(a: unknown, b: unknown): boolean {
  return isDeepEqual(a, b);
}

/** A sequence that moves the cursor, colours what follows, or sets the title of a terminal. */
const CONTROL_SEQUENCE = new RegExp(
  '[\\u001B\\u009B][[\\]()#;?]*' +
    '(?:(?:(?:(?:;[-a-zA-Z\\d/#&.:=?%@~_]+)*|[a-zA-Z\\d]+(?:;[-a-zA-Z\\d/#&.:=?%@~_]*)*)?(?:\\u0007|\\u001B\\u005C|\\u009C))' +
    '|(?:(?:\\d{1,4}(?:;\\d{0,4})*)?[\\dA-PR-TZcf-nq-uy=><~]))',
  'g',
);

export function stripVTControlCharacters(text: string): string {
  return text.replace(CONTROL_SEQUENCE, '');
}

export function toUSVString(text: string): string {
  return `${text}`.toWellFormed();
}

/** Older names of what the language has. */
export const isArray: typeof Array.isArray = Array.isArray;
export const { isRegExp, isDate } = types;
export const isError = (value: unknown): boolean => value instanceof Error;
export const isString = (value: unknown): boolean => typeof value === 'string';
export const isNumber = (value: unknown): boolean => typeof value === 'number';
export const isBoolean = (value: unknown): boolean => typeof value === 'boolean';
export const isFunction = (value: unknown): boolean => typeof value === 'function';
export const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;
export const isUndefined = (value: unknown): boolean => value === undefined;
export const isNull = (value: unknown): boolean => value === null;
export const isNullOrUndefined = (value: unknown): boolean => value == null;

const { AbortController, AbortSignal, TextDecoder, TextEncoder } = globalThis;

export { AbortController, AbortSignal, format, inspect, TextDecoder, TextEncoder, types };
