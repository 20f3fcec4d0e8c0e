import { defineProperty, deleteProperty, hasOwn, is } from '../primordials.ts';
import { holderOf } from './forwarding.ts';
import { type FoundObject, hiddenIntrinsics, type SharedObjects } from './reach.ts';
import { makeOwnSet } from './record-collections.ts';

/** An object that runs share and that a run may change for itself, as it was before any run had a turn. */
export interface WatchedObject {
  object: object;
  /** The proxies by which code gets at it, if there are any. */
  proxies: object[];
  /** For error messages. */
  name: string;
  /** Takes new properties. What does not is sealed, and is what code hardly adds to: the library, and much of the language. */
  isOpen: boolean;
  /** Part of the language: the engine keeps it in ways of its own. */
  isBuiltIn: boolean;
  prototype: object | null;
  keys: PropertyKey[];
  /** The property descriptor of each of `keys`, in the same order. The descriptors inherit nothing. */
  properties: PropertyDescriptor[];
  /** Tells whether a property is one of `keys`. */
  known: ReadonlySet<PropertyKey>;
}

/** Beside what every function has: libraries that wrap functions give them the text of the wrapped one, such as lodash. */
const OWN_OF_FUNCTIONS = makeOwnSet<PropertyKey>(['name', 'length', 'prototype', 'arguments', 'caller', 'toString']);

/** Returns undefined if there is no such property. */
function propertyOf({ keys, properties }: FoundObject, key: PropertyKey): PropertyDescriptor | undefined {
  return properties[keys.indexOf(key)];
}

/** Whether a prototype is what each `function` gets, with nothing in it. */
function isPristine(found: FoundObject, maker: object): boolean {
  const { prototype, keys } = found;
  if (prototype !== Object.prototype) return keys.length === 0;
  return keys.length === 0 || (keys.length === 1 && propertyOf(found, 'constructor')?.value === maker);
}

/** A function that serves to be called only: nothing is made by it, and nothing inherits from it. */
function isPlainFunction(object: object, found: FoundObject, shared: SharedObjects): boolean {
  if (typeof object !== 'function' || !found.keys.every((key) => OWN_OF_FUNCTIONS.has(key))) return false;
  const prototype = shared.get(propertyOf(found, 'prototype')?.value);
  return prototype === undefined || isPristine(prototype, object);
}

/** Built-in constructors are not plain, however little they have: workflow code may extend them. */
function isConstructorOfLanguage(found: FoundObject): boolean {
  return found.owner === 'language' && propertyOf(found, 'prototype')?.writable === false;
}

/** Names for values, or for classes that nothing is to be derived from: nothing inherits from it. */
function isTable({ prototype, keys, properties }: FoundObject): boolean {
  return (
    (prototype === Object.prototype || prototype === null) &&
    !keys.includes('constructor') &&
    properties.every(({ value }) => value !== undefined && typeof value !== 'object' && typeof value !== 'function')
  );
}

/**
 * The built-ins that take new properties, as they do everywhere: the global object, its namespaces such as `Math`, and all classes
 * that these lead to, with their prototypes. Polyfills and extensions add to them. With them are what loops go through,
 * iterators and generators, which the engine is slow with once they are sealed.
 */
function openBuiltIns(): Set<object> {
  const TypedArray = Object.getPrototypeOf(Uint8Array) as { prototype: object };
  const open = new Set<object>([globalThis, TypedArray as object, TypedArray.prototype, ...hiddenIntrinsics()]);
  addClasses(open, globalThis);
  // The name has a getter.
  addClass(open, Symbol);
  for (const name of Reflect.ownKeys(globalThis)) {
    const value = Object.getOwnPropertyDescriptor(globalThis, name)?.value as unknown;
    if (typeof value !== 'object' || value === null) continue;
    open.add(value);
    addClasses(open, value);
  }
  return open;
}

function addClasses(open: Set<object>, holder: object): void {
  for (const name of Reflect.ownKeys(holder)) addClass(open, Object.getOwnPropertyDescriptor(holder, name)?.value);
}

function addClass(open: Set<object>, Class: unknown): void {
  if (typeof Class !== 'function') return;
  const prototype = Class.prototype as { constructor?: object } | undefined;
  if (prototype === undefined) return;
  open.add(Class).add(prototype);
  // The engine's own constructor, in the place of which there is one of ours.
  if (prototype.constructor !== undefined) open.add(prototype.constructor);
}

/**
 * Sorts what runs share by how it is kept apart. What nobody inherits from is frozen: plain functions, and `constants`. All
 * else keeps writable properties, so that ordinary code works, and is watched.
 */
export function watchObjects(shared: SharedObjects, constants: Iterable<object>): WatchedObject[] {
  const frozen = new Set<object>(constants);
  for (const [object, found] of shared) {
    if (found.owner === 'library' && isTable(found)) frozen.add(object);
    if (!isPlainFunction(object, found, shared) || isConstructorOfLanguage(found)) continue;
    frozen.add(object);
    const prototype = propertyOf(found, 'prototype')?.value as object | undefined;
    if (prototype !== undefined) frozen.add(prototype);
  }
  for (const object of frozen) Object.freeze(object);
  const watched = new Map<object, WatchedObject>();
  const open = openBuiltIns();
  for (const [object, found] of shared) {
    if (frozen.has(object) || ArrayBuffer.isView(object)) continue;
    const holder = holderOf(object);
    const known = watched.get(holder);
    if (known !== undefined) {
      if (object !== holder) known.proxies.push(object);
      continue;
    }
    const isBuiltIn = found.owner === 'language';
    // Preloaded modules keep queues, caches and registries.
    const mayBeOpen = found.owner === 'preloaded' || (isBuiltIn && open.has(object));
    const isOpen = mayBeOpen && Object.isExtensible(object);
    if (!isOpen) seal(object, found);
    const { name, prototype, keys, properties } = found;
    const proxies = object === holder ? [] : [object];
    watched.set(holder, {
      ...{ object: holder, proxies, name, isOpen, isBuiltIn, prototype, keys, properties },
      known: new Set(keys),
    });
  }
  return [...watched.values()];
}

function seal(object: object, { properties }: FoundObject): void {
  Object.seal(object);
  for (const property of properties) property.configurable = false;
}

/** Whether both descriptions are of the same property. */
export function isSameProperty(one: PropertyDescriptor, other: PropertyDescriptor): boolean {
  return (
    one.configurable === other.configurable &&
    one.enumerable === other.enumerable &&
    one.get === other.get &&
    one.set === other.set &&
    one.writable === other.writable &&
    hasOwn(one, 'value') === hasOwn(other, 'value') &&
    is(one.value, other.value)
  );
}

/** Makes a property what it was. Returns whether that was possible. */
export function restoreProperty(object: object, key: PropertyKey, was: PropertyDescriptor | undefined): boolean {
  return was === undefined ? deleteProperty(object, key) : defineProperty(object, key, was);
}

/** Puts properties into the order that they had: a deleted one that comes back is the last. */
export function restoreOrder({ object, keys, properties }: WatchedObject): void {
  for (let index = 0; index < keys.length; index++) {
    const property = properties[index] as PropertyDescriptor;
    if (!property.configurable) continue;
    deleteProperty(object, keys[index] as PropertyKey);
    defineProperty(object, keys[index] as PropertyKey, property);
  }
}
