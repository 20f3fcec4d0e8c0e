import { type GlobalWatch, host } from '../bridge.ts';
import {
  describe,
  getPrototypeOf,
  isArray,
  isExtensible,
  makeList,
  ownKeys,
  setHas,
  setPrototypeOf,
} from '../primordials.ts';
import type { Definitions } from './definitions.ts';
import { KeyWatch } from './key-watch.ts';
import { makeQuickCheck, makeSymbolCheck } from './quick-check.ts';
import { findSharedObjects } from './reach.ts';
import type { Collection } from './record-collections.ts';
import { symbolsIn } from './symbol-use.ts';
import { bytesOf, haveChanged, setBytes, type WatchedBytes, watchBytes } from './watched-bytes.ts';
import {
  type Entries,
  entriesOf,
  hasChanged,
  setEntries,
  type WatchedCollection,
  watchCollections,
} from './watched-collections.ts';
import { isSameProperty, restoreOrder, restoreProperty, type WatchedObject, watchObjects } from './watched-objects.ts';

/** A property that a run has changed, made or deleted. */
interface ChangedProperty {
  object: object;
  name: string;
  key: PropertyKey;
  /** As it was before any run; undefined if it was not there. */
  before: PropertyDescriptor | undefined;
  /** As the run has it; undefined if it has deleted it. */
  own: PropertyDescriptor | undefined;
}

interface ChangedPrototype {
  object: object;
  before: object | null;
  own: object | null;
}

interface ChangedCollection {
  watched: WatchedCollection;
  own: Entries;
}

interface ChangedBytes {
  watched: WatchedBytes;
  own: Uint8Array;
}

/** The changes that one run has made to what all runs share. */
export interface Changes {
  properties: ChangedProperty[];
  prototypes: ChangedPrototype[];
  collections: ChangedCollection[];
  bytes: ChangedBytes[];
}

/** The result of the end of a turn. */
export interface TurnEnd {
  /** To be put back before the run's next turn; undefined if there is nothing. */
  changes: Changes | undefined;
  /** The name of an object that could not be made what it was: the realm is of no more use. */
  spoiled: string | undefined;
}

const unchanged: TurnEnd = { changes: undefined, spoiled: undefined };

/**
 * Keeps runs apart that share a realm: while a run has its turn it may change what it likes, built-ins and globals too. At the
 * end of the turn its changes are undone, and they are put back before its next one.
 */
export class SharedState {
  readonly #objects: WatchedObject[];
  readonly #collections: WatchedCollection[];
  readonly #bytes: WatchedBytes[];
  readonly #keys: KeyWatch;
  readonly #globalWatch: GlobalWatch | undefined;
  readonly #differs: () => boolean;
  readonly #hasNewSymbol: () => boolean;
  readonly #definitions: Definitions;

  /**
   * @param roots of what runs share beside the globals.
   * @param ofPreloaded what preloaded modules export.
   * @param constants objects that are to be frozen.
   * @param collections what runs share and no name leads to.
   * @param definitions told of what is defined; watched since before the preloaded modules were evaluated.
   */
  constructor(
    roots: readonly unknown[],
    ofPreloaded: readonly unknown[],
    constants: Iterable<object>,
    collections: Iterable<Collection>,
    definitions: Definitions,
  ) {
    this.#definitions = definitions;
    this.#collections = watchCollections(collections);
    const shared = findSharedObjects(roots, ofPreloaded);
    const exported = symbolsIn(shared);
    this.#bytes = watchBytes(shared);
    this.#objects = watchObjects(shared, constants);
    for (const { object, proxies, name } of this.#objects) {
      for (const one of [object, ...proxies]) this.#definitions.watch(one, name);
    }
    this.#keys = new KeyWatch(this.#objects);
    this.#globalWatch = host.watchGlobal(globalThis);
    this.#differs = makeQuickCheck(this.#objects, this.#keys, this.#globalWatch, exported);
    this.#hasNewSymbol = makeSymbolCheck(this.#objects, this.#keys, this.#globalWatch);
    this.#definitions.take();
  }

  /** Puts the changes of a run in place, for a turn of it. */
  resume({ properties, prototypes, collections, bytes }: Changes): void {
    for (let index = 0; index < properties.length; index++) {
      const { object, key, own } = properties[index] as ChangedProperty;
      restoreProperty(object, key, own);
    }
    for (let index = 0; index < prototypes.length; index++) {
      setPrototypeOf((prototypes[index] as ChangedPrototype).object, null);
    }
    for (let index = 0; index < prototypes.length; index++) {
      const { object, own } = prototypes[index] as ChangedPrototype;
      setPrototypeOf(object, own);
    }
    for (let index = 0; index < collections.length; index++) {
      const { watched, own } = collections[index] as ChangedCollection;
      setEntries(watched, own);
    }
    for (let index = 0; index < bytes.length; index++) {
      const { watched, own } = bytes[index] as ChangedBytes;
      setBytes(watched, own);
    }
  }

  /**
   * Undoes what the run has changed in its turn, and what {@link resume} has put in place for it.
   *
   * @param mayHaveSymbols whether code of the run may have got hold of a symbol, now or earlier.
   */
  suspend(resumed: Changes | undefined, mayHaveSymbols: boolean): TurnEnd {
    const wasDefined = this.#definitions.take();
    const isFirst = resumed === undefined;
    if (isFirst && !wasDefined && !this.#looksChanged(mayHaveSymbols) && !this.#hasChangedContents()) return unchanged;
    const changes: Changes = {
      properties: makeList(),
      prototypes: makeList(),
      collections: makeList(),
      bytes: makeList(),
    };
    let spoiled = isFirst ? undefined : this.#undoAgain(resumed, changes);
    const isSure =
      wasDefined || this.#hasLostOrder(changes) || (!isFirst && (this.#hasArrays(resumed) || !this.#settle(resumed)));
    // Mostly nothing differs any more once that is undone which the run has changed before.
    if (isSure || this.#looksChanged(mayHaveSymbols)) spoiled = this.#undo(changes) ?? spoiled;
    for (let index = 0; index < changes.prototypes.length; index++) {
      const { object, before } = changes.prototypes[index] as ChangedPrototype;
      setPrototypeOf(object, before);
    }
    this.#undoCollections(changes);
    spoiled = this.#undoBytes(changes) ?? spoiled;
    this.#keys.settleAll();
    this.#globalWatch?.renew();
    const { properties, prototypes, collections, bytes } = changes;
    const isEmpty = properties.length + prototypes.length + collections.length + bytes.length === 0;
    return { changes: isEmpty ? undefined : changes, spoiled };
  }

  #looksChanged(mayHaveSymbols: boolean): boolean {
    return this.#keys.differ() || this.#differs() || (mayHaveSymbols && this.#hasNewSymbol());
  }

  /** Whether arrays are among what a run has changed. Their elements and lengths change each other, so they are undone as a whole. */
  #hasArrays({ properties }: Changes): boolean {
    for (let index = 0; index < properties.length; index++) {
      if (isArray((properties[index] as ChangedProperty).object)) return true;
    }
    return false;
  }

  /** Whether the objects that were changed before the turn have the keys again that they had before any run. */
  #settle({ properties, prototypes }: Changes): boolean {
    let areUndone = true;
    let last: object | undefined;
    for (let index = 0; index < properties.length; index++) {
      const { object } = properties[index] as ChangedProperty;
      // Those of one object mostly follow each other.
      if (object !== last && !this.#keys.settle(object)) areUndone = false;
      last = object;
    }
    for (let index = 0; index < prototypes.length; index++) {
      if (!this.#keys.settle((prototypes[index] as ChangedPrototype).object)) areUndone = false;
    }
    return areUndone;
  }

  /** Undoes what was put in place before the turn, and takes it up as it is now; but for arrays. */
  #undoAgain({ properties, prototypes }: Changes, changes: Changes): string | undefined {
    let spoiled: string | undefined;
    for (let index = 0; index < properties.length; index++) {
      const { object, name, key, before } = properties[index] as ChangedProperty;
      if (!isArray(object)) spoiled = this.#undoProperty(object, name, key, before, changes) ?? spoiled;
    }
    for (let index = 0; index < prototypes.length; index++) {
      const { object, before } = prototypes[index] as ChangedPrototype;
      this.#undoPrototype(object, before, changes);
    }
    return spoiled;
  }

  /** Compares everything with how it was. */
  #undo(changes: Changes): string | undefined {
    let spoiled: string | undefined;
    for (let index = 0; index < this.#objects.length; index++) {
      const { object, name, isOpen, prototype, keys, properties, known } = this.#objects[index] as WatchedObject;
      if (isOpen && !isExtensible(object)) spoiled = name;
      this.#undoPrototype(object, prototype, changes);
      const first = changes.properties.length;
      for (let position = 0; position < keys.length; position++) {
        const key = keys[position] as PropertyKey;
        this.#takeUp(object, name, key, properties[position], changes);
      }
      if (isOpen) {
        const present = ownKeys(object);
        for (let position = 0; position < present.length; position++) {
          const key = present[position] as PropertyKey;
          if (!setHas(known, key)) this.#takeUp(object, name, key, undefined, changes);
        }
      }
      spoiled = this.#restore(changes, first) ?? spoiled;
      if (!isOpen) continue;
      // Nobody goes by the order of globals, and the engine takes long to find them again.
      if (object !== globalThis && this.#hasLostOrder(changes, object))
        restoreOrder(this.#objects[index] as WatchedObject);
    }
    return spoiled;
  }

  /** Whether a property that a run has deleted was put back into one of the objects: there it is the last now. */
  #hasLostOrder({ properties }: Changes, within?: object): boolean {
    for (let index = 0; index < properties.length; index++) {
      const { object, before, own } = properties[index] as ChangedProperty;
      if (before === undefined || own !== undefined || object === globalThis) continue;
      if (within === undefined || within === object) return true;
    }
    return false;
  }

  #undoProperty(
    object: object,
    name: string,
    key: PropertyKey,
    before: PropertyDescriptor | undefined,
    changes: Changes,
  ): string | undefined {
    const first = changes.properties.length;
    this.#takeUp(object, name, key, before, changes);
    return this.#restore(changes, first);
  }

  /** Adds a property to the changes if it is not as it was. */
  #takeUp(
    object: object,
    name: string,
    key: PropertyKey,
    before: PropertyDescriptor | undefined,
    changes: Changes,
  ): void {
    const own = describe(object, key);
    if (before === undefined ? own === undefined : own !== undefined && isSameProperty(own, before)) return;
    changes.properties[changes.properties.length] = { object, name, key, before, own };
  }

  /** Undoes the changes of properties from an index on. */
  #restore({ properties }: Changes, first: number): string | undefined {
    let spoiled: string | undefined;
    for (let index = first; index < properties.length; index++) {
      const { object, name, key, before } = properties[index] as ChangedProperty;
      if (!restoreProperty(object, key, before)) spoiled = name;
    }
    return spoiled;
  }

  /** Takes up and away a prototype that is not as it was. {@link suspend} puts the other one back. */
  #undoPrototype(object: object, before: object | null, changes: Changes): void {
    const own = getPrototypeOf(object);
    if (own === before) return;
    for (let index = 0; index < changes.prototypes.length; index++) {
      if ((changes.prototypes[index] as ChangedPrototype).object === object) return;
    }
    changes.prototypes[changes.prototypes.length] = { object, before, own };
    // Objects may have changed places: none can get its prototype back before all have lost the other one.
    setPrototypeOf(object, null);
  }

  #hasChangedContents(): boolean {
    for (let index = 0; index < this.#collections.length; index++) {
      if (hasChanged(this.#collections[index] as WatchedCollection)) return true;
    }
    for (let index = 0; index < this.#bytes.length; index++) {
      if (haveChanged(this.#bytes[index] as WatchedBytes)) return true;
    }
    return false;
  }

  #undoBytes(changes: Changes): string | undefined {
    let spoiled: string | undefined;
    for (let index = 0; index < this.#bytes.length; index++) {
      const watched = this.#bytes[index] as WatchedBytes;
      if (!haveChanged(watched)) continue;
      changes.bytes[changes.bytes.length] = { watched, own: bytesOf(watched) };
      setBytes(watched, watched.before);
      if (haveChanged(watched)) spoiled = watched.name;
    }
    return spoiled;
  }

  #undoCollections(changes: Changes): void {
    for (let index = 0; index < this.#collections.length; index++) {
      const watched = this.#collections[index] as WatchedCollection;
      if (!hasChanged(watched)) continue;
      changes.collections[changes.collections.length] = { watched, own: entriesOf(watched) };
      setEntries(watched, watched.entries);
    }
  }
}
