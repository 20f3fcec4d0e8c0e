import { get, getOwnPropertySymbols, getPrototypeOf, has, hasOwn, keys } from '../primordials.ts';
import type { WatchedObject } from './watched-objects.ts';

type Check = () => boolean;

/** Objects that one generated function looks at. More would make it too large for the engine's best compiler. */
const OBJECTS_OF_A_CHECK = 8;

/** The constant that a value can be written as in code; undefined if it is known by its identity only. */
function literal(value: unknown): string | undefined {
  switch (typeof value) {
    case 'undefined':
      return 'undefined';
    case 'boolean':
      return String(value);
    case 'number':
      return Number.isFinite(value) ? JSON.stringify(value) : undefined;
    default:
      return value === null ? 'null' : undefined;
  }
}

/** Code of a function that returns whether a property of some objects has another value than at first, or is gone. */
class CheckCode {
  readonly #names: string[] = [];
  readonly #values: unknown[] = [];
  #body = '';

  add({ object, keys, properties, prototype }: WatchedObject): void {
    const holder = this.#refer(object);
    properties.forEach((property, index) => {
      const key = keys[index] as PropertyKey;
      const isFixed = !property.configurable && !property.writable;
      if (isFixed) return;
      const name = typeof key === 'symbol' ? this.#refer(key) : JSON.stringify(key);
      const inherits = prototype !== null && has(prototype, key);
      if (!('value' in property)) {
        this.#body += inherits ? this.#isMissing(holder, name) : `if(!(${name} in ${holder}))return true;`;
        return;
      }
      const { value } = property;
      // What is inherited is checked where it stands: if it is another value, the comparison tells that this one is gone.
      const looksTheSame = value === undefined || (inherits && get(prototype, key) === value);
      if (Number.isNaN(value)) this.#body += `if(${holder}[${name}]===${holder}[${name}])return true;`;
      else this.#body += `if(${holder}[${name}]!==${literal(value) ?? this.#refer(value)})return true;`;
      if (looksTheSame && property.configurable) this.#body += this.#isMissing(holder, name);
    });
  }

  compile(): Check {
    return new Function(...this.#names, `return function(){"use strict";${this.#body}return false}`)(...this.#values);
  }

  #refer(value: unknown): string {
    this.#values.push(value);
    const name = `v${this.#values.length}`;
    this.#names.push(name);
    return name;
  }

  #isMissing(holder: string, name: string): string {
    return `if(!${this.#refer(hasOwn)}(${holder},${name}))return true;`;
  }
}

function hasEnumerable(object: object): boolean {
  for (const _ in object) return true;
  return false;
}

/** A function of its own for each object: the engine remembers there what keys objects of its shape have. */
function enumerableCheck(object: object): Check {
  if (object === globalThis) {
    // The engine keeps no list of the keys of the global object, as there is a proxy behind it.
    const count = keys(object).length;
    return () => keys(object).length !== count;
  }
  if (!hasEnumerable(object)) {
    return new Function('o', 'return function(){for(const k in o)return true;return false}')(object);
  }
  let count = 0;
  for (const _ in object) count++;
  return new Function('o', 'count', 'return function(){let n=0;for(const k in o)n++;return n!==count}')(object, count);
}

/**
 * A fast answer to whether anything differs from how it was: values, properties that are gone or have been added by
 * assignment, prototypes. What only a definition can do (attributes, accessors) it does not see, nor does it call accessors:
 * whoever defines a property of a shared object is noticed when it happens.
 *
 * @param symbols that may name new properties. For all others there is {@link makeSymbolCheck}.
 */
export function makeQuickCheck(watched: readonly WatchedObject[], symbols: Iterable<symbol>): Check {
  const checks: Check[] = [];
  for (let first = 0; first < watched.length; first += OBJECTS_OF_A_CHECK) {
    const code = new CheckCode();
    for (const object of watched.slice(first, first + OBJECTS_OF_A_CHECK)) code.add(object);
    checks.push(code.compile());
  }
  const open = watched.filter(({ isOpen }) => isOpen);
  checks.push(...open.map(({ object }) => enumerableCheck(object)));
  for (const symbol of symbols) {
    const without = open.filter(({ known }) => !known.has(symbol)).map(({ object }) => object);
    checks.push(() => {
      for (let index = 0; index < without.length; index++) if (hasOwn(without[index] as object, symbol)) return true;
      return false;
    });
  }
  const objects = open.map(({ object }) => object);
  const prototypes = open.map(({ prototype }) => prototype);
  return () => {
    for (let index = 0; index < checks.length; index++) if ((checks[index] as Check)()) return true;
    for (let index = 0; index < objects.length; index++) {
      if (getPrototypeOf(objects[index] as object) !== prototypes[index]) return true;
    }
    return false;
  };
}

/** An answer to whether an object has got a property that is named by a symbol. It takes longer than the quick check. */
export function makeSymbolCheck(watched: readonly WatchedObject[]): Check {
  const objects = watched.filter(({ isOpen }) => isOpen).map(({ object }) => object);
  const counts = objects.map((object) => getOwnPropertySymbols(object).length);
  return () => {
    for (let index = 0; index < objects.length; index++) {
      if (getOwnPropertySymbols(objects[index] as object).length !== counts[index]) return true;
    }
    return false;
  };
}
