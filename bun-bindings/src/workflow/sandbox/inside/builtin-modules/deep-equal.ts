/** Deep comparison as `node:assert` has it: strict as in `deepStrictEqual`, or loose as in `deepEqual`. */
import * as types from './util-types.ts';

/** Compares prototypes, own enumerable properties and the contents of built-ins, each by `Object.is`. */
export function isDeepEqual(a: unknown, b: unknown): boolean {
  return new Comparison(false).equal(a, b);
}

/** Compares as `isDeepEqual`, but primitives by `==`, and neither prototypes nor properties named by symbols. */
export function isLooselyDeepEqual(a: unknown, b: unknown): boolean {
  return new Comparison(true).equal(a, b);
}

class Comparison {
  readonly #loose: boolean;
  /** Pairs that are being compared further up. They are equal if all else is. */
  readonly #pairs = new Map<object, Set<object>>();

  constructor(loose: boolean) {
    this.#loose = loose;
  }

  equal(a: unknown, b: unknown): boolean {
    if (Object.is(a, b)) return true;
    if (!isObject(a) || !isObject(b)) {
      // biome-ignore lint/suspicious/noDoubleEquals: loose comparison is defined by it.
      return this.#loose && !isObject(a) && !isObject(b) && a == b;
    }
    if (typeof a === 'function' || typeof b === 'function') return false;
    const kind = this.#loose ? tagOf : Object.getPrototypeOf;
    if (kind(a) !== kind(b) || Array.isArray(a) !== Array.isArray(b)) return false;
    const known = this.#pairs.get(a) ?? new Set();
    if (known.has(b)) return true;
    this.#pairs.set(a, known.add(b));
    const equal = this.#haveEqualContents(a, b) && this.#haveEqualProperties(a, b);
    if (!equal) known.delete(b);
    return equal;
  }

  #haveEqualProperties(a: object, b: object): boolean {
    const keys = this.#enumerableKeys(a);
    if (keys.length !== this.#enumerableKeys(b).length) return false;
    return keys.every((key) => isEnumerable(b, key) && this.equal(Reflect.get(a, key), Reflect.get(b, key)));
  }

  #enumerableKeys(value: object): PropertyKey[] {
    return Reflect.ownKeys(value).filter(
      (key) => isEnumerable(value, key) && !(this.#loose && typeof key === 'symbol'),
    );
  }

  #haveEqualContents(a: object, b: object): boolean {
    if (Array.isArray(a)) return a.length === (b as unknown[]).length;
    if (types.isDate(a)) return types.isDate(b) && Object.is((a as Date).getTime(), (b as Date).getTime());
    if (types.isRegExp(a)) return String(a) === String(b) && (a as RegExp).lastIndex === (b as RegExp).lastIndex;
    if (a instanceof Error) {
      const other = b as Error;
      if (a.message !== other.message || a.name !== other.name) return false;
      return this.equal(a.cause, other.cause) && this.equal(Reflect.get(a, 'errors'), Reflect.get(b, 'errors'));
    }
    if (types.isAnyArrayBuffer(a))
      return equalBytes(new Uint8Array(a as ArrayBuffer), new Uint8Array(b as ArrayBuffer));
    if (types.isDataView(a)) return equalBytes(bytesOf(a as DataView), bytesOf(b as DataView));
    if (types.isBoxedPrimitive(a)) return types.isBoxedPrimitive(b) && Object.is(a.valueOf(), b.valueOf());
    if (types.isSet(a)) return types.isSet(b) && this.#equalSets(a as Set<unknown>, b as Set<unknown>);
    if (types.isMap(a))
      return types.isMap(b) && this.#equalMaps(a as Map<unknown, unknown>, b as Map<unknown, unknown>);
    return true;
  }

  #equalSets(a: Set<unknown>, b: Set<unknown>): boolean {
    if (a.size !== b.size) return false;
    const rest = [...b].filter((item) => !a.has(item));
    for (const item of a) {
      if (b.has(item)) continue;
      const at = rest.findIndex((other) => this.equal(item, other));
      if (at < 0) return false;
      rest.splice(at, 1);
    }
    return true;
  }

  #equalMaps(a: Map<unknown, unknown>, b: Map<unknown, unknown>): boolean {
    if (a.size !== b.size) return false;
    const rest = [...b].filter(([key]) => !a.has(key));
    for (const [key, value] of a) {
      if (b.has(key)) {
        if (!this.equal(value, b.get(key))) return false;
        continue;
      }
      const at = rest.findIndex(([otherKey, other]) => this.equal(key, otherKey) && this.equal(value, other));
      if (at < 0) return false;
      rest.splice(at, 1);
    }
    return true;
  }
}

/** Whether a value has properties of its own: functions have them too. */
export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function isEnumerable(value: object, key: PropertyKey): boolean {
  return Object.prototype.propertyIsEnumerable.call(value, key);
}

function tagOf(value: object): string {
  return Object.prototype.toString.call(value);
}

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
