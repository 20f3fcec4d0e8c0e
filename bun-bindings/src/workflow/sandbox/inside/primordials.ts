/**
 * Functions of the language, taken before workflow code runs. A run may replace any built-in while it has its turn, so what
 * keeps runs apart calls these only, and uses no syntax that looks a method up (`for … of`, spread, destructured arrays).
 */

export const {
  apply,
  construct,
  defineProperty,
  deleteProperty,
  get,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  has,
  isExtensible,
  ownKeys,
  setPrototypeOf,
} = Reflect;

export const { isArray } = Array;

export const { getOwnPropertyDescriptors, getOwnPropertySymbols, hasOwn, is, keys } = Object;

// biome-ignore lint/suspicious/noExplicitAny: any method is a function of its `this` and its arguments.
type Method = (this: any, ...args: any[]) => any;

/** A method as a function that takes its `this` as the first argument. */
const uncurried: <F extends Method>(method: F) => (self: unknown, ...args: Parameters<F>) => ReturnType<F> =
  Function.prototype.call.bind(Function.prototype.bind, Function.prototype.call) as never;

export const mapForEach = uncurried(Map.prototype.forEach);
export const mapHas = uncurried(Map.prototype.has);
export const mapGet = uncurried(Map.prototype.get);
export const mapSet = uncurried(Map.prototype.set);
export const mapClear = uncurried(Map.prototype.clear);
export const weakMapGet = uncurried(WeakMap.prototype.get);
export const weakMapSet = uncurried(WeakMap.prototype.set);
export const setForEach = uncurried(Set.prototype.forEach);
export const setHas = uncurried(Set.prototype.has);
export const setAdd = uncurried(Set.prototype.add);
export const setClear = uncurried(Set.prototype.clear);

const execute = uncurried(RegExp.prototype.exec);
const EMPTY = /(?:)/;

/** Makes `RegExp.$1` and its like tell of no match: the engine keeps the last one of a realm. */
export function forgetLastMatch(): void {
  execute(EMPTY, '');
}

/** The getter of an accessor property of a built-in, as a function of the object that it is read from. */
function getterOf(holder: object, key: PropertyKey): (self: unknown) => unknown {
  const get = getOwnPropertyDescriptor(holder, key)?.get;
  if (get === undefined) throw new TypeError(`${String(key)} is no accessor`);
  return uncurried(get);
}

export const mapSize = getterOf(Map.prototype, 'size') as (map: unknown) => number;
export const setSize = getterOf(Set.prototype, 'size') as (collection: unknown) => number;

/** A list that inherits nothing: a run that gives arrays an accessor for an index sees nothing of what is added to it. */
export function makeList<T>(): T[] {
  const list: T[] = [];
  setPrototypeOf(list, null);
  return list;
}

/** A description that inherits nothing: `Object.prototype.get = …` of a run has no part in it. */
export function describe(object: object, key: PropertyKey): PropertyDescriptor | undefined {
  const description = getOwnPropertyDescriptor(object, key);
  if (description !== undefined) setPrototypeOf(description, null);
  return description;
}
