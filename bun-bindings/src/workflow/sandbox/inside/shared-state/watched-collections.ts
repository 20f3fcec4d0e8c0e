import {
  defineProperty,
  is,
  makeList,
  mapClear,
  mapForEach,
  mapSet,
  mapSize,
  setAdd,
  setClear,
  setForEach,
  setSize,
} from '../primordials.ts';
import type { Collection } from './record-collections.ts';

/** Entries as a list: key, value, key, value, … */
export type Entries = unknown[];

/** Names the collection's own `forEach`, which no run can replace: calling it takes a third of {@link mapForEach}'s time. */
const forEach = Symbol('forEach');

/** A `Map` or `Set` that runs share, as it was before any run had a turn. */
export interface WatchedCollection {
  collection: Collection & { readonly [forEach]: Collection['forEach'] };
  isMap: boolean;
  entries: Entries;
}

/** A collection with more entries is a cache of a preloaded module, which would take too long to compare. */
const MAX_ENTRIES = 1_000;

function sizeOf({ collection, isMap }: WatchedCollection): number {
  return isMap ? mapSize(collection) : setSize(collection);
}

/** The entries that it has now. */
export function entriesOf({ collection, isMap }: WatchedCollection): Entries {
  const entries = makeList<unknown>();
  const add = (value: unknown, key: unknown): void => {
    entries[entries.length] = key;
    entries[entries.length] = value;
  };
  if (isMap) mapForEach(collection, add);
  else setForEach(collection, add);
  return entries;
}

/** Puts `entries` in the place of those that it has. */
export function setEntries({ collection, isMap }: WatchedCollection, entries: Entries): void {
  if (isMap) mapClear(collection);
  else setClear(collection);
  for (let index = 0; index < entries.length; index += 2) {
    if (isMap) mapSet(collection, entries[index], entries[index + 1]);
    else setAdd(collection, entries[index]);
  }
}

/** Takes the entries of collections that are not sealed yet. */
export function watchCollections(collections: Iterable<Collection>): WatchedCollection[] {
  const watched: WatchedCollection[] = [];
  for (const collection of new Set(collections)) {
    const isMap = collection instanceof Map;
    defineProperty(collection, forEach, { value: isMap ? Map.prototype.forEach : Set.prototype.forEach });
    const found = { collection, isMap, entries: [] } as unknown as WatchedCollection;
    if (sizeOf(found) <= MAX_ENTRIES) watched.push({ ...found, entries: entriesOf(found) });
  }
  return watched;
}

let expected: Entries;
let position: number;
let differs: boolean;

/** Whether two values are not the same. Calls the language's own function only for those few that need it. */
function isOther(one: unknown, other: unknown): boolean {
  return (one !== other || one === 0) && !is(one, other);
}

/** Compares an entry with the next one of {@link expected}. One function for all, as this is done after each turn. */
function compareEntry(value: unknown, key: unknown): void {
  if (isOther(expected[position], key) || isOther(expected[position + 1], value)) differs = true;
  position += 2;
}

/** Whether its entries are others than at first, or in another order. */
export function hasChanged({ entries, collection }: WatchedCollection): boolean {
  expected = entries;
  position = 0;
  differs = false;
  collection[forEach](compareEntry);
  return differs || position !== entries.length;
}
