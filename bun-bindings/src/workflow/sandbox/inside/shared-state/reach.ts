import { makeOwnSet } from './record-collections.ts';

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

/** Adds all objects that `roots` lead to, by the way there. */
function follow(reached: Map<object, string>, roots: Iterable<[way: string, root: unknown]>): void {
  const waiting = [...roots];
  const add = (way: string, value: unknown): void => {
    if (value !== null && (typeof value === 'object' || typeof value === 'function') && !reached.has(value)) {
      waiting.push([way, value]);
    }
  };
  // The ways are the shortest when what lies near is looked at first.
  for (const [way, root] of waiting) {
    if (root === null || (typeof root !== 'object' && typeof root !== 'function') || reached.has(root)) continue;
    reached.set(root, way);
    add(`the prototype of ${way}`, Object.getPrototypeOf(root));
    // The elements of a buffer are numbers.
    if (ArrayBuffer.isView(root)) continue;
    for (const key of Reflect.ownKeys(root)) {
      const property = Object.getOwnPropertyDescriptor(root, key);
      const name = nameWithin(way, key);
      add(name, property?.value);
      add(`the getter of ${name}`, property?.get);
      add(`the setter of ${name}`, property?.set);
    }
    if (isCollection(root)) {
      for (const [key, value] of root.entries()) {
        add(`a key of ${way}`, key);
        add(`an entry of ${way}`, value);
      }
    }
  }
}

/** The objects that runs share, each with a name for error messages. */
export interface SharedObjects {
  /** The global object, and all that can be reached from it: the language and what is added to it. */
  builtIns: Map<object, string>;
  /** The objects that can only be reached from the library. */
  library: Map<object, string>;
  /** The objects that can only be reached from preloaded modules. */
  preloaded: Map<object, string>;
}

/** Finds all objects that can be reached from the globals, from `roots` of the library, and from what is preloaded. */
export function findSharedObjects(roots: readonly unknown[], ofPreloaded: readonly unknown[]): SharedObjects {
  const builtIns = new Map<object, string>([[globalThis, 'globalThis']]);
  const own = new Set(ofPreloaded);
  const globals = Reflect.ownKeys(globalThis).filter(
    (name) => !OUR_GLOBALS.has(name) && !own.has(Object.getOwnPropertyDescriptor(globalThis, name)?.value),
  );
  // Its name has a getter.
  follow(builtIns, [['Symbol', Symbol]]);
  follow(
    builtIns,
    globals.flatMap((name) => {
      const property = Object.getOwnPropertyDescriptor(globalThis, name);
      return [property?.value, property?.get, property?.set].map((part): [string, unknown] => [String(name), part]);
    }),
  );
  follow(
    builtIns,
    hiddenIntrinsics().map((intrinsic): [string, unknown] => [Object.prototype.toString.call(intrinsic), intrinsic]),
  );
  const all = new Map(builtIns);
  follow(
    all,
    roots.map((root): [string, unknown] => ['the workflow library', root]),
  );
  const library = without(all, builtIns);
  follow(
    all,
    ofPreloaded.map((root): [string, unknown] => ['a preloaded module', root]),
  );
  return { builtIns, library, preloaded: without(without(all, builtIns), library) };
}

function without(objects: ReadonlyMap<object, string>, others: ReadonlyMap<object, string>): Map<object, string> {
  return new Map([...objects].filter(([object]) => !others.has(object)));
}
