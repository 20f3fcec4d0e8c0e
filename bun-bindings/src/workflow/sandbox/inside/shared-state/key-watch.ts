import { host, type ObjectShapes } from '../bridge.ts';
import { getPrototypeOf, hasOwn, isArray, makeList, mapGet, ownKeys } from '../primordials.ts';
import { makeOwnMap } from './record-collections.ts';
import type { WatchedObject } from './watched-objects.ts';

/** Whether an object has the keys and the prototype that it had, wherever it keeps them. */
function isAsBefore({ object, keys, prototype }: WatchedObject): boolean {
  if (getPrototypeOf(object) !== prototype || ownKeys(object).length !== keys.length) return false;
  for (let index = 0; index < keys.length; index++) if (!hasOwn(object, keys[index] as PropertyKey)) return false;
  return true;
}

/** Whether an array has no gaps: a new element changes its length then. */
function isDense(array: unknown[]): boolean {
  for (let index = 0; index < array.length; index++) if (!hasOwn(array, index)) return false;
  return true;
}

/**
 * Watches the keys and the prototypes of objects by their shapes, which takes next to no time. Of an array it watches all keys but
 * those of its elements.
 */
export class KeyWatch {
  readonly #watched: readonly WatchedObject[];
  readonly #shapes: ObjectShapes | undefined;
  readonly #indices = makeOwnMap<object, number>();
  /** Those whose shapes told of them at first, until they had been changed and undone too often. */
  readonly #lost: WatchedObject[] = makeList();

  constructor(watched: readonly WatchedObject[]) {
    this.#watched = watched.filter(({ isOpen }) => isOpen);
    this.#shapes = host.takeShapes(this.#watched.map(({ object }) => object));
    for (let index = 0; index < this.#watched.length; index++) {
      const { object } = this.#watched[index] as WatchedObject;
      if (this.#shapes?.tells(index) && (!isArray(object) || isDense(object))) this.#indices.set(object, index);
    }
  }

  /** Whether an object is watched here; if not, its keys have to be looked at. */
  watches(object: object): boolean {
    return mapGet(this.#indices, object) !== undefined;
  }

  /** Whether an object has got other keys or another prototype since {@link settle}. */
  differ(): boolean {
    if (this.#shapes?.differ()) return true;
    for (let index = 0; index < this.#lost.length; index++) {
      if (!isAsBefore(this.#lost[index] as WatchedObject)) return true;
    }
    return false;
  }

  /**
   * Takes an object, of which a change was undone, for as it was before, whatever shapes it has got on the way.
   *
   * @returns false if it has other keys or another prototype than before.
   */
  settle(object: object): boolean {
    const index = mapGet(this.#indices, object) as number | undefined;
    if (index === undefined) return true;
    if (!isAsBefore(this.#watched[index] as WatchedObject)) return false;
    this.#renew(index);
    return true;
  }

  /** Takes all objects for as they were before. */
  settleAll(): void {
    for (let index = 0; index < this.#watched.length; index++) this.#renew(index);
  }

  #renew(index: number): void {
    if (this.#shapes?.tells(index) && !this.#shapes.renew(index))
      this.#lost[this.#lost.length] = this.#watched[index] as WatchedObject;
  }
}
