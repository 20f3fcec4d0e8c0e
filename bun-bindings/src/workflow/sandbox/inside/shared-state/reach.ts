import { describe, getPrototypeOf, ownKeys } from '../primordials.ts';
import { makeOwnSet } from './record-collections.ts';

/** An object that runs share, as it was found: nothing has been closed by then. */
export interface FoundObject {
  /** For error messages. */
  name: string;
  /**
   * What it belongs to: the language, which is the global object with all that can be reached from it, the library if it can only
   * be reached from there, or else a preloaded module.
   */
  owner: 'language' | 'library' | 'preloaded';
  prototype: object | null;
  /** None of a typed array. */
  keys: PropertyKey[];
  /** The property descriptor of each of `keys`, in the same order. The descriptors inherit nothing. */
  properties: PropertyDescriptor[];
}

/** The objects that runs share, in the order in which they were found: those of the language first, of preloaded modules last. */
export type SharedObjects = ReadonlyMap<object, FoundObject>;

/** Built-ins that cannot be reached by name. */
export function hiddenIntrinsics(): object[] {
  const instances = [
    () => {},
    async () => {},
    (function* () {})(),
    (async function* () {})(),
    [][Symbol.iterator](),
    new Map()[Symbol.iterator](),
    new Set()[Symbol.iterator](),
    ''[Symbol.iterator](),
    ''.matchAll(/./g),
    new Intl.Segmenter().segment(''),
    new Intl.Segmenter().segment('')[Symbol.iterator](),
    Iterator.from({ next: () => ({ done: true, value: undefined }) }),
    [].values().map((value) => value),
  ];
  const generators = [function* () {}, async function* () {}];
  return [...instances, ...generators].map((instance) => Object.getPrototypeOf(instance));
}

/** Globals of ours that lead to the library, and to what belongs to a run. */
const OUR_GLOBALS = makeOwnSet<PropertyKey>(['__TEMPORAL__', '__TEMPORAL_ACTIVATOR__', '__temporal_enter']);

function nameWithin(way: string, key: PropertyKey): string {
  if (typeof key === 'symbol') return `${way}[${key.description}]`;
  if (way === '') return String(key);
  return `${way}.${String(key)}`;
}

/** Whether it has entries; what only inherits from a `Map` has none. */
function isCollection(object: object): object is Map<unknown, unknown> | Set<unknown> {
  if (!(object instanceof Map || object instanceof Set)) return false;
  try {
    return object.size >= 0;
  } catch {
    return false;
  }
}

function isObject(value: unknown): value is object {
  return value !== null && (typeof value === 'object' || typeof value === 'function');
}

/** Adds all objects that `roots` lead to. */
function follow(
  found: Map<object, FoundObject>,
  owner: FoundObject['owner'],
  roots: Iterable<[name: string, root: unknown]>,
): void {
  const waiting: [name: string, object: object][] = [];
  const isNew = (value: unknown): value is object => isObject(value) && !found.has(value);
  for (const [name, root] of roots) if (isNew(root)) waiting.push([name, root]);
  // The names are the shortest when what lies near is looked at first.
  for (const [name, object] of waiting) {
    if (found.has(object)) continue;
    const one = look(object, name, owner);
    found.set(object, one);
    const { prototype, keys, properties } = one;
    if (isNew(prototype)) waiting.push([`the prototype of ${name}`, prototype]);
    for (let index = 0; index < keys.length; index++) {
      const { value, get, set } = properties[index] as PropertyDescriptor;
      const key = keys[index] as PropertyKey;
      if (isNew(value)) waiting.push([nameWithin(name, key), value]);
      if (isNew(get)) waiting.push([`the getter of ${nameWithin(name, key)}`, get]);
      if (isNew(set)) waiting.push([`the setter of ${nameWithin(name, key)}`, set]);
    }
    if (isCollection(object)) {
      for (const [key, value] of object.entries()) {
        if (isNew(key)) waiting.push([`a key of ${name}`, key]);
        if (isNew(value)) waiting.push([`an entry of ${name}`, value]);
      }
    }
  }
}

function look(object: object, name: string, owner: FoundObject['owner']): FoundObject {
  // The elements of a buffer are numbers.
  const keys = ArrayBuffer.isView(object) ? [] : ownKeys(object);
  const properties = keys.map((key) => describe(object, key) as PropertyDescriptor);
  return { name, owner, prototype: getPrototypeOf(object), keys, properties };
}

/** Finds all objects that can be reached from the globals, from `roots` of the library, and from what is preloaded. */
export function findSharedObjects(roots: readonly unknown[], ofPreloaded: readonly unknown[]): SharedObjects {
  const global = look(globalThis, 'globalThis', 'language');
  const found = new Map<object, FoundObject>([[globalThis, global]]);
  const own = new Set(ofPreloaded);
  // The name `Symbol` has a getter.
  const globals: [string, unknown][] = [['Symbol', Symbol]];
  global.keys.forEach((name, index) => {
    const { value, get, set } = global.properties[index] as PropertyDescriptor;
    if (OUR_GLOBALS.has(name) || own.has(value)) return;
    for (const part of [value, get, set]) globals.push([String(name), part]);
  });
  const hidden = hiddenIntrinsics().map((intrinsic): [string, unknown] => [
    Object.prototype.toString.call(intrinsic),
    intrinsic,
  ]);
  follow(found, 'language', globals);
  follow(found, 'language', hidden);
  follow(
    found,
    'library',
    roots.map((root): [string, unknown] => ['the workflow library', root]),
  );
  follow(
    found,
    'preloaded',
    ofPreloaded.map((root): [string, unknown] => ['a preloaded module', root]),
  );
  return found;
}
