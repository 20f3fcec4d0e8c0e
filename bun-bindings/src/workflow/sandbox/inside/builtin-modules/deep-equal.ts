/** Compares as `assert.deepStrictEqual` does: by prototypes, own enumerable properties and what built-ins hold. */
import * as types from './util-types.ts';

export function isDeepEqual(a: unknown, b: unknown, pairs: Map<object, Set<object>> = new Map()): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  // A pair that is being compared further up is equal if all else is.
  const known = pairs.get(a) ?? new Set();
  if (known.has(b)) return true;
  pairs.set(a, known.add(b));
  const equal = haveEqualContents(a, b, pairs) && haveEqualProperties(a, b, pairs);
  if (!equal) known.delete(b);
  return equal;
}

function haveEqualProperties(a: object, b: object, pairs: Map<object, Set<object>>): boolean {
  const keys = enumerableKeys(a);
  if (keys.length !== enumerableKeys(b).length) return false;
  return keys.every(
    (key) =>
      Object.prototype.propertyIsEnumerable.call(b, key) &&
      isDeepEqual(Reflect.get(a, key), Reflect.get(b, key), pairs),
  );
}

function enumerableKeys(value: object): PropertyKey[] {
  return Reflect.ownKeys(value).filter((key) => Object.prototype.propertyIsEnumerable.call(value, key));
}

function haveEqualContents(a: object, b: object, pairs: Map<object, Set<object>>): boolean {
  if (Array.isArray(a)) return a.length === (b as unknown[]).length;
  if (types.isDate(a)) return types.isDate(b) && Object.is((a as Date).getTime(), (b as Date).getTime());
  if (types.isRegExp(a)) return String(a) === String(b) && (a as RegExp).lastIndex === (b as RegExp).lastIndex;
  if (a instanceof Error) {
    const other = b as Error;
    if (a.message !== other.message || a.name !== other.name) return false;
    return (
      isDeepEqual(a.cause, other.cause, pairs) && isDeepEqual(Reflect.get(a, 'errors'), Reflect.get(b, 'errors'), pairs)
    );
  }
  if (types.isAnyArrayBuffer(a)) return equalBytes(new Uint8Array(a as ArrayBuffer), new Uint8Array(b as ArrayBuffer));
  if (types.isDataView(a)) return equalBytes(bytesOf(a as DataView), bytesOf(b as DataView));
  if (types.isBoxedPrimitive(a)) return types.isBoxedPrimitive(b) && Object.is(a.valueOf(), b.valueOf());
  if (types.isSet(a)) return types.isSet(b) && equalSets(a as Set<unknown>, b as Set<unknown>, pairs);
  if (types.isMap(a)) return types.isMap(b) && equalMaps(a as Map<unknown, unknown>, b as Map<unknown, unknown>, pairs);
  return true;
}

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function equalSets(a: Set<unknown>, b: Set<unknown>, pairs: Map<object, Set<object>>): boolean {
  if (a.size !== b.size) return false;
  const rest = [...b].filter((item) => !a.has(item));
  for (const item of a) {
    if (b.has(item)) continue;
    const at = rest.findIndex((other) => isDeepEqual(item, other, pairs));
    if (at < 0) return false;
    rest.splice(at, 1);
  }
  return true;
}

function equalMaps(a: Map<unknown, unknown>, b: Map<unknown, unknown>, pairs: Map<object, Set<object>>): boolean {
  if (a.size !== b.size) return false;
  const rest = [...b].filter(([key]) => !a.has(key));
  for (const [key, value] of a) {
    if (b.has(key)) {
      if (!isDeepEqual(value, b.get(key), pairs)) return false;
      continue;
    }
    const at = rest.findIndex(
      ([otherKey, other]) => isDeepEqual(key, otherKey, pairs) && isDeepEqual(value, other, pairs),
    );
    if (at < 0) return false;
    rest.splice(at, 1);
  }
  return true;
}
