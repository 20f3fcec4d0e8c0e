/**
 * Freezes what workflow runs share: the realm's built-ins, the library, and all that can be reached from them.
 */

/** Built-ins that cannot be reached by name. */
function hiddenIntrinsics(): object[] {
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

function isPrototype(object: object): boolean {
  const maker = Object.getOwnPropertyDescriptor(object, 'constructor')?.value;
  return typeof maker === 'function' && maker.prototype === object;
}

const overridable = new Set<PropertyKey>([
  'constructor',
  'name',
  'message',
  'toString',
  'valueOf',
  'toLocaleString',
  'toJSON',
]);

/**
 * Properties of prototypes that ordinary code assigns on objects that inherit from them (`this.name = 'MyError'`,
 * `Child.prototype.constructor = Child`). Once a prototype is frozen such an assignment would throw, as if it were one to
 * the prototype itself, so these become accessors that define the property on the object that is assigned to.
 */
function allowOverride(holder: object): void {
  if (!isPrototype(holder)) return;
  const all = holder === Object.prototype || holder === Object.getPrototypeOf(Uint8Array.prototype);
  for (const key of Reflect.ownKeys(holder)) {
    const property = Object.getOwnPropertyDescriptor(holder, key);
    if (!property?.configurable || !('value' in property) || !(all || overridable.has(key))) continue;
    if (key === 'name' && isErrorPrototype(holder)) continue;
    const { value, enumerable } = property;
    const accessors = {
      get: () => value,
      set(this: object, override: unknown) {
        if (this === holder)
          throw new TypeError(`Cannot change '${String(key)}' of a built-in that all workflow runs share`);
        Object.defineProperty(this, key, { value: override, writable: true, enumerable: true, configurable: true });
      },
    };
    Object.freeze(accessors.get);
    Object.freeze(accessors.set);
    Object.defineProperty(holder, key, { ...accessors, enumerable, configurable: false });
  }
}

function isErrorPrototype(object: object): boolean {
  return object === Error.prototype || object instanceof Error;
}

/** A frozen `Map` still takes entries; one that is shared must not. */
function lockCollection(object: object): void {
  if (!(object instanceof Map || object instanceof Set)) return;
  const value = Object.freeze(() => {
    throw new TypeError(`Cannot change a ${object instanceof Map ? 'Map' : 'Set'} that all workflow runs share`);
  });
  for (const method of ['set', 'add', 'delete', 'clear']) {
    if (method in object) Object.defineProperty(object, method, { value });
  }
}

/** Tells whether a run has changed what cannot be frozen, and undoes it. */
export type SharedStateCheck = () => Error | undefined;

/**
 * Freezes `roots` and everything that can be reached from them and from the realm's built-ins.
 *
 * One thing stays writable: the `name` of error prototypes. The engine only finds the name of an error for its stack trace
 * if it is a plain property, and as a plain read-only property it could not be assigned on the errors that inherit it. So
 * these are for the returned function to check, after each activation.
 */
export function hardenIntrinsics(roots: unknown[]): SharedStateCheck {
  const reached = reach([...roots, ...hiddenIntrinsics()]);
  const errorNames: { prototype: Error; name: string }[] = [];
  for (const object of reached) {
    lockCollection(object);
    allowOverride(object);
  }
  for (const object of reached) {
    if (isErrorPrototype(object) && Object.getOwnPropertyDescriptor(object, 'name')?.writable) {
      const prototype = object as Error;
      errorNames.push({ prototype, name: prototype.name });
      for (const key of Reflect.ownKeys(prototype)) {
        const isData = 'value' in (Object.getOwnPropertyDescriptor(prototype, key) ?? {});
        const closed = isData && key !== 'name' ? { writable: false, configurable: false } : { configurable: false };
        Object.defineProperty(prototype, key, closed);
      }
      Object.preventExtensions(prototype);
    } else if (ArrayBuffer.isView(object)) {
      Object.preventExtensions(object);
    } else {
      Object.freeze(object);
    }
  }
  return () => {
    let changed: string | undefined;
    for (const { prototype, name } of errorNames) {
      if (prototype.name === name) continue;
      prototype.name = name;
      changed = name;
    }
    return changed === undefined
      ? undefined
      : new TypeError(`Cannot change the name of ${changed}, which all workflow runs share`);
  };
}

/** All objects that can be reached from `roots` and from the globals, except the global object itself. */
function reach(roots: unknown[]): Set<object> {
  const reached = new Set<object>([globalThis]);
  const waiting = [...roots];
  for (const name of Reflect.ownKeys(globalThis)) {
    const property = Object.getOwnPropertyDescriptor(globalThis, name);
    waiting.push(property?.value, property?.get, property?.set);
  }
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (value === null || (typeof value !== 'object' && typeof value !== 'function') || reached.has(value)) continue;
    reached.add(value);
    waiting.push(Object.getPrototypeOf(value));
    // The elements of a buffer are numbers.
    if (ArrayBuffer.isView(value)) continue;
    for (const key of Reflect.ownKeys(value)) {
      const property = Object.getOwnPropertyDescriptor(value, key);
      waiting.push(property?.value, property?.get, property?.set);
    }
    if (value instanceof Map || value instanceof Set) {
      for (const entry of value.entries()) waiting.push(entry[0], entry[1]);
    }
  }
  reached.delete(globalThis);
  return reached;
}
