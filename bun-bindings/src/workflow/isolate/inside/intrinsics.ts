/**
 * Freezes what workflow runs share: the realm's built-ins, the library, and all that can be reached from them.
 */

/** Built-ins that cannot be reached by name. */
function hiddenIntrinsics(): object[] {
  const instances = [
    function () {},
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
  const constructor = Object.getOwnPropertyDescriptor(object, 'constructor')?.value;
  return typeof constructor === 'function' && constructor.prototype === object;
}

const overridable = new Set<PropertyKey>(['constructor', 'name', 'message', 'toString', 'valueOf', 'toLocaleString', 'toJSON']);

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
    const { value, enumerable } = property;
    Object.defineProperty(holder, key, {
      get: () => value,
      set(this: object, override: unknown) {
        if (this === holder) throw new TypeError(`Cannot change '${String(key)}' of a built-in that all workflow runs share`);
        Object.defineProperty(this, key, { value: override, writable: true, enumerable: true, configurable: true });
      },
      enumerable,
      configurable: false,
    });
  }
}

/** A frozen `Map` still takes entries; one that is shared must not. */
function closeCollection(object: object): void {
  if (!(object instanceof Map || object instanceof Set)) return;
  for (const method of ['set', 'add', 'delete', 'clear']) {
    if (method in object) {
      Object.defineProperty(object, method, {
        value() {
          throw new TypeError(`Cannot change a ${object instanceof Map ? 'Map' : 'Set'} that all workflow runs share`);
        },
      });
    }
  }
}

/** Freezes `roots` and everything that can be reached from them and from the realm's built-ins. */
export function freezeShared(roots: unknown[]): void {
  const reached = new Set<object>();
  const waiting: unknown[] = [...roots, ...hiddenIntrinsics()];
  for (const name of Reflect.ownKeys(globalThis)) waiting.push(Object.getOwnPropertyDescriptor(globalThis, name)?.value);
  reached.add(globalThis);

  while (waiting.length > 0) {
    const value = waiting.pop();
    if (value === null || (typeof value !== 'object' && typeof value !== 'function') || reached.has(value)) continue;
    reached.add(value);
    waiting.push(Object.getPrototypeOf(value));
    // The elements of a buffer are numbers, and cannot be frozen.
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
  for (const object of reached) {
    closeCollection(object);
    allowOverride(object);
  }
  for (const object of reached) {
    if (ArrayBuffer.isView(object)) Object.preventExtensions(object);
    else Object.freeze(object);
  }
}
