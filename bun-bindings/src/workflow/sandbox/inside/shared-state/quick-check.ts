import type { GlobalWatch } from '../bridge.ts';
import { get, getOwnPropertySymbols, getPrototypeOf, has, hasOwn, isArray, keys, ownKeys } from '../primordials.ts';
import type { KeyWatch } from './key-watch.ts';
import type { WatchedObject } from './watched-objects.ts';

type Check = () => boolean;

/** Objects that one generated function looks at. More would make it too large for the engine's best compiler. */
const OBJECTS_OF_A_CHECK = 30;

/** A global that code may name as it stands. */
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

let checksMade = 0;

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

/**
 * Code of a function that returns whether some objects differ from how they were.
 *
 * The engine's compiler takes a property of a known object for a constant and has the code thrown away when the property
 * changes, so a comparison costs nothing. It does so for objects that are constants in a function of which there is one only:
 * no two of them may have the same text, for what has the same text shares what the engine has found out about it.
 */
class CheckCode {
  readonly #prefix = `c${checksMade++}_`;
  readonly #values: unknown[] = [];
  #declarations = '';
  #body = '';
  readonly #getPrototypeOf = this.#refer(getPrototypeOf);
  readonly #hasOwn = this.#refer(hasOwn);

  /**
   * @param hasKnownKeys whether somebody else looks at the object's keys and its prototype, and only values are to be compared.
   * @param symbols that may name new properties of the object.
   */
  add(watched: WatchedObject, hasKnownKeys: boolean, symbols: Iterable<symbol>): void {
    const { object, keys, properties, prototype, isOpen, known } = watched;
    const holder = this.#refer(object);
    properties.forEach((property, index) => {
      const isThere = hasKnownKeys && !isArray(object);
      this.#addProperty(holder, object, prototype, keys[index] as PropertyKey, property, isThere);
    });
    if (!isOpen || hasKnownKeys) return;
    this.#differIf(`${this.#getPrototypeOf}(${holder})!==${prototype === null ? 'null' : this.#refer(prototype)}`);
    for (const symbol of symbols) {
      if (!known.has(symbol)) this.#differIf(`${this.#hasOwn}(${holder},${this.#refer(symbol)})`);
    }
  }

  #addProperty(
    holder: string,
    object: object,
    prototype: object | null,
    key: PropertyKey,
    property: PropertyDescriptor,
    isThere: boolean,
  ): void {
    const isFixed = !property.configurable && !property.writable;
    if (isFixed) return;
    const name = typeof key === 'symbol' ? this.#refer(key) : JSON.stringify(key);
    const inherits = prototype !== null && has(prototype, key);
    const isMissing = `!${this.#hasOwn}(${holder},${name})`;
    if (!('value' in property)) {
      if (!isThere) this.#differIf(inherits ? isMissing : `!(${name} in ${holder})`);
      return;
    }
    const { value } = property;
    // A property of the global object is found faster by its bare name, which throws if it is gone.
    const isBare = object === globalThis && typeof key === 'string' && IDENTIFIER.test(key);
    const present = isBare ? key : `${holder}[${name}]`;
    this.#differIf(
      Number.isNaN(value) ? `${present}===${present}` : `${present}!==${literal(value) ?? this.#refer(value)}`,
    );
    // What is inherited is checked where it stands: if it is another value, the comparison tells that this one is gone.
    const looksTheSame = value === undefined || (inherits && get(prototype as object, key) === value);
    if (!isThere && looksTheSame && property.configurable) this.#differIf(isMissing);
  }

  compile(): Check {
    const code = `"use strict";${this.#declarations}return function(){try{${this.#body}return false}catch{return true}}`;
    return new Function('values', code)(this.#values);
  }

  #differIf(condition: string): void {
    this.#body += `if(${condition})return true;`;
  }

  #refer(value: unknown): string {
    const name = `${this.#prefix}${this.#values.length}`;
    this.#declarations += `const ${name}=values[${this.#values.length}];`;
    this.#values.push(value);
    return name;
  }
}
function hasEnumerable(object: object): boolean {
  for (const _ in object) return true;
  return false;
}
/**
 * Whether the engine remembers the list of all keys of an object by its shape: it does so for most that are not part of the
 * language.
 */
function hasRememberedKeys({ object, isBuiltIn }: WatchedObject): boolean {
  return !isBuiltIn && !isArray(object);
}

/**
 * An answer to whether an object has other keys than it had.
 *
 * There is one loop for each way of asking, and not a function for each object: the engine keeps what it remembers of keys with
 * the objects' shapes, and the code of many functions would have to be fetched anew each time.
 */
function makeKeysCheck(watched: readonly WatchedObject[]): Check {
  const known = watched.filter(hasRememberedKeys);
  const unknown = watched.filter((one) => !hasRememberedKeys(one));
  const full = unknown.filter(({ object }) => hasEnumerable(object)).map(({ object }) => object);
  const empty = unknown.filter(({ object }) => !hasEnumerable(object)).map(({ object }) => object);
  const counts = full.map((object) => keys(object).length);
  return () => {
    for (let index = 0; index < empty.length; index++) for (const _ in empty[index]) return true;
    for (let index = 0; index < full.length; index++) {
      if (keys(full[index] as object).length !== counts[index]) return true;
    }
    for (let index = 0; index < known.length; index++) {
      const { object, keys } = known[index] as WatchedObject;
      if (ownKeys(object).length !== keys.length) return true;
    }
    return false;
  };
}

/**
 * A fast answer to whether anything differs from how it was: values, properties that are gone or have been added by
 * assignment, prototypes; of the objects that `keyWatch` watches only values. What only a definition can do (attributes,
 * accessors) it does not see, nor does it call accessors: whoever defines a property of a shared object is noticed when it
 * happens.
 *
 * @param symbols that may name new properties. For all others there is {@link makeSymbolCheck}.
 */
export function makeQuickCheck(
  watched: readonly WatchedObject[],
  keyWatch: KeyWatch,
  globalWatch: GlobalWatch | undefined,
  symbols: Iterable<symbol>,
): Check {
  const others = globalWatch === undefined ? watched : watched.filter(({ object }) => object !== globalThis);
  const checks = makeChecks(others, keyWatch, symbols);
  if (globalWatch !== undefined) {
    // Reads the globals by their names only if one was changed, and perhaps undone.
    const byName = makeChecks(
      watched.filter(({ object }) => object === globalThis),
      keyWatch,
      symbols,
    );
    // A run may give the name another value.
    const global = globalThis;
    const prototype = getPrototypeOf(global);
    checks.push(() => getPrototypeOf(global) !== prototype || (!globalWatch.isSame() && someDiffer(byName)));
  }
  return () => someDiffer(checks);
}

function someDiffer(checks: readonly Check[]): boolean {
  for (let index = 0; index < checks.length; index++) if ((checks[index] as Check)()) return true;
  return false;
}

function makeChecks(watched: readonly WatchedObject[], keyWatch: KeyWatch, symbols: Iterable<symbol>): Check[] {
  const checks: Check[] = [];
  for (let first = 0; first < watched.length; first += OBJECTS_OF_A_CHECK) {
    const code = new CheckCode();
    for (const one of watched.slice(first, first + OBJECTS_OF_A_CHECK))
      code.add(one, keyWatch.watches(one.object), symbols);
    checks.push(code.compile());
  }
  checks.push(makeKeysCheck(watched.filter(({ object, isOpen }) => isOpen && !keyWatch.watches(object))));
  return checks;
}

/**
 * An answer to whether one of the objects of which the quick check does not see it has got a property that is named by a symbol.
 * It takes longer than the quick check.
 */
export function makeSymbolCheck(
  watched: readonly WatchedObject[],
  keyWatch: KeyWatch,
  globalWatch: GlobalWatch | undefined,
): Check {
  const objects = watched
    .filter((one) => one.isOpen && !keyWatch.watches(one.object) && !hasRememberedKeys(one))
    .map(({ object }) => object);
  const counts = objects.map((object) => getOwnPropertySymbols(object).length);
  const global = globalThis;
  return () => {
    for (let index = 0; index < objects.length; index++) {
      if (objects[index] === global && globalWatch?.isSame()) continue;
      if (getOwnPropertySymbols(objects[index] as object).length !== counts[index]) return true;
    }
    return false;
  };
}
