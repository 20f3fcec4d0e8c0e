import {
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

/** A `Map` or `Set` that runs share, as it was before any run had a turn. */
export interface WatchedCollection {
  collection: Collection;
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

export function watchCollections(collections: Iterable<Collection>): WatchedCollection[] {
  const watched: WatchedCollection[] = [];
  for (const collection of new Set(collections)) {
    const isMap = collection instanceof Map;
    const found: WatchedCollection = { collection, isMap, entries: [] };
    if (sizeOf(found) <= MAX_ENTRIES) watched.push({ ...found, entries: entriesOf(found) });
  }
  return watched;
}

/** Whether its entries are others than at first, or in another order. */
export function hasChanged(watched: WatchedCollection): boolean {
  const { entries, collection, isMap } = watched;
  if (sizeOf(watched) * 2 !== entries.length) return true;
  let index = 0;
  let differs = false;
  const compare = (value: unknown, key: unknown): void => {
    if (!is(entries[index], key) || !is(entries[index + 1], value)) differs = true;
    index += 2;
  };
  if (isMap) mapForEach(collection, compare);
  else setForEach(collection, compare);
  return differs;
}
