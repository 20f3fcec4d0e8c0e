import type { GlobalWatch } from '../inside/bridge.ts';
import {
  addressAt,
  describe,
  isNear,
  SLOT_BYTES,
  STORAGE_OFFSET,
  shapeNumberAt,
  slotAddress,
  wordsAt,
} from './memory.ts';

type Globals = Record<PropertyKey, unknown>;

/** Where the global object that stands behind the proxy that code sees is noted in the proxy. */
const TARGET_OFFSET = 16;
const PROXY = /^Object: (0x[0-9a-f]+) with butterfly .*?\(Structure 0x[0-9a-f]+:\[0x[0-9a-f]+\/\d+, \w*GlobalProxy, /;
const CELL = /^[A-Za-z ]+: (0x[0-9a-f]+)/;
/** Globals that may come and go before the watch begins, and still the storage has not grown. */
const SPARE_SLOTS = 8;

/** The addresses of the objects that are values of globals. Undefined if the engine does not tell them. */
function addressesIn(global: object): number[] | undefined {
  const addresses: number[] = [];
  for (const key of Reflect.ownKeys(global)) {
    const value: unknown = Reflect.getOwnPropertyDescriptor(global, key)?.value;
    if ((typeof value !== 'object' || value === null) && typeof value !== 'function') continue;
    const [, address] = CELL.exec(describe(value)) ?? [];
    if (address === undefined) return undefined;
    addresses.push(Number(address));
  }
  return addresses;
}

/** The parts of a global object that are another after any change to its properties. */
interface Parts {
  /** The number of its shape: it changes when a property is deleted. */
  shape: Uint32Array;
  /** The address of its storage: it changes when the storage grows. */
  place: Uint32Array;
  /** The storage: the values of properties, and zeros where a new one goes. */
  slots: Uint32Array;
}

/** Returns undefined if a part is not what it is expected to be: each object that is the value of a global has to be there. */
function partsOf(global: object): Parts | undefined {
  const [, proxy] = PROXY.exec(describe(global)) ?? [];
  const expected = addressesIn(global);
  if (proxy === undefined || expected === undefined) return undefined;
  // Storages double when they grow, so this one has so many slots at least.
  const count = 2 ** Math.ceil(Math.log2(expected.length));
  if (Reflect.ownKeys(global).length + SPARE_SLOTS > count) return undefined;
  const target = addressAt(Number(proxy) + TARGET_OFFSET);
  if (!isNear(target, Number(proxy))) return undefined;
  const storage = addressAt(target + STORAGE_OFFSET);
  if (!isNear(storage, Number(proxy))) return undefined;
  const slots = wordsAt(slotAddress(storage, count - 1), count * SLOT_BYTES);
  const present = new Set<number>();
  for (let index = 0; index < slots.length; index += 2)
    present.add((slots[index + 1] as number) * 2 ** 32 + (slots[index] as number));
  if (!expected.every((address) => present.has(address))) return undefined;
  return { shape: shapeNumberAt(target), place: wordsAt(target + STORAGE_OFFSET, SLOT_BYTES), slots };
}

function watchParts({ shape, place, slots }: Parts): GlobalWatch {
  let takenShape = shape[0];
  const takenPlace = place.slice();
  const taken = slots.slice();
  // The old storage may be gone if the place is another one: it must not be read then.
  const isInPlace = (): boolean => place[0] === takenPlace[0] && place[1] === takenPlace[1];
  return {
    isSame() {
      if (shape[0] !== takenShape || !isInPlace()) return false;
      for (let index = 0; index < taken.length; index++) if (slots[index] !== taken[index]) return false;
      return true;
    },
    renew() {
      // A storage that has grown may have room for new properties where nobody looks.
      if (!isInPlace()) return;
      takenShape = shape[0];
      taken.set(slots);
    },
  };
}

/** Whether each kind of change is seen. Undoes the changes, and leaves the watch renewed. */
function tellsChanges(watch: GlobalWatch, global: Globals): boolean {
  if (!watch.isSame()) return false;
  const { Array: before } = global;
  global.Array = undefined;
  const seesValue = !watch.isSame();
  global.Array = before;
  if (!seesValue || !watch.isSame()) return false;
  const added = Symbol('added');
  global[added] = undefined;
  const seesKey = !watch.isSame();
  delete global[added];
  const seesDeletion = !watch.isSame();
  watch.renew();
  return seesKey && seesDeletion && watch.isSame();
}

/**
 * Watches the properties of a realm's global object where the engine keeps them, which takes next to no time: to read them by
 * their names takes a look into a table for each. Returns undefined if this engine keeps them otherwise than expected.
 */
export function watchGlobal(global: object): GlobalWatch | undefined {
  const parts = partsOf(global);
  if (parts === undefined) return undefined;
  const watch = watchParts(parts);
  return tellsChanges(watch, global as Globals) ? watch : undefined;
}
