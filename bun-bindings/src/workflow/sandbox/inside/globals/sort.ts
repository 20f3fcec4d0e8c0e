import { currentRun } from '../current.ts';
import { mergeSort, timSort } from './v8-sort.ts';

type Comparator = (a: unknown, b: unknown) => unknown;
type Sort = (this: unknown, comparator?: Comparator) => unknown;

const TypedArray = Object.getPrototypeOf(Uint8Array) as { prototype: { sort: Sort; toSorted: Sort } };
const typedArrayTag = Object.getOwnPropertyDescriptor(TypedArray.prototype, Symbol.toStringTag)?.get as () => unknown;

/** Whether this engine's own way of sorting holds for the running workflow, for code of no run, or for a call. */
function sortsAsEngine(comparator: unknown): boolean {
  return comparator === undefined || currentRun()?.recorder.asV8 !== true;
}

function compareWith(comparator: unknown): (a: unknown, b: unknown) => number {
  if (typeof comparator !== 'function')
    throw new TypeError('The comparison function must be either a function or undefined');
  return (a, b) => {
    const order = +(comparator as (a: unknown, b: unknown) => number)(a, b);
    return Number.isNaN(order) ? 0 : order;
  };
}

/** Makes `sort` and `toSorted` of all arrays compare the items that V8 compares, with any comparator. */
export function installSort(): void {
  const array = Array.prototype as unknown as { sort: Sort; toSorted: Sort };
  const typed = TypedArray.prototype;
  const real = { sort: array.sort, toSorted: array.toSorted, typedSort: typed.sort, typedToSorted: typed.toSorted };

  define(array, {
    sort(comparator) {
      if (sortsAsEngine(comparator)) return real.sort.call(this, comparator);
      const compare = compareWith(comparator);
      if (this == null) throw new TypeError('Array.prototype.sort called on null or undefined');
      const object = Object(this) as Record<number, unknown> & { length: unknown };
      const length = lengthOf(object);
      const { items, undefineds } = itemsOf(object, length, true);
      timSort(items, compare);
      for (let index = 0; index < items.length; index++) object[index] = items[index];
      const filled = items.length + undefineds;
      for (let index = items.length; index < filled; index++) object[index] = undefined;
      for (let index = filled; index < length; index++) {
        if (index in object && !Reflect.deleteProperty(object, index))
          throw new TypeError(`Cannot delete property '${index}' of ${object}`);
      }
      return object;
    },
    toSorted(comparator) {
      if (sortsAsEngine(comparator)) return real.toSorted.call(this, comparator);
      const compare = compareWith(comparator);
      if (this == null) throw new TypeError('Array.prototype.toSorted called on null or undefined');
      const object = Object(this) as Record<number, unknown> & { length: unknown };
      const length = lengthOf(object);
      if (length > 2 ** 32 - 1) throw new RangeError('Invalid array length');
      const { items, undefineds } = itemsOf(object, length, false);
      timSort(items, compare);
      for (let count = 0; count < undefineds; count++) items.push(undefined);
      return items;
    },
  });

  define(typed, {
    sort(comparator) {
      if (sortsAsEngine(comparator) || !isTypedArray(this)) return real.typedSort.call(this, comparator);
      const compare = compareWith(comparator);
      const items = Array.from(this);
      mergeSort(items, compare);
      // The comparator may have made it shorter.
      for (let index = 0; index < items.length && index < this.length; index++) this[index] = items[index] as number;
      return this;
    },
    toSorted(comparator) {
      if (sortsAsEngine(comparator) || !isTypedArray(this)) return real.typedToSorted.call(this, comparator);
      const compare = compareWith(comparator);
      const items = Array.from(this);
      mergeSort(items, compare);
      // A copy of the same kind; what it is sorted by does not matter.
      const sorted = real.typedToSorted.call(this) as Float64Array;
      for (let index = 0; index < items.length; index++) sorted[index] = items[index] as number;
      return sorted;
    },
  });
}

function define(holder: object, methods: { sort: Sort; toSorted: Sort }): void {
  for (const [name, value] of Object.entries(methods))
    Object.defineProperty(holder, name, {
      value: Object.defineProperty(value, 'length', { value: 1, configurable: true }),
      writable: true,
      configurable: true,
    });
}

function lengthOf({ length }: { length: unknown }): number {
  return Math.min(Math.max(Math.trunc(Number(length)) || 0, 0), Number.MAX_SAFE_INTEGER);
}

/** Collects the items to compare. Undefined items come last in any case. */
function itemsOf(
  object: Record<number, unknown>,
  length: number,
  skipHoles: boolean,
): { items: unknown[]; undefineds: number } {
  const items: unknown[] = [];
  let undefineds = 0;
  for (let index = 0; index < length; index++) {
    if (skipHoles && !(index in object)) continue;
    const item = object[index];
    if (item === undefined) undefineds++;
    else items.push(item);
  }
  return { items, undefineds };
}

function isTypedArray(value: unknown): value is Float64Array {
  return ArrayBuffer.isView(value) && typedArrayTag.call(value) !== undefined;
}
