import type { Activator } from '@temporalio/workflow/lib/internals';
import { currentRun } from './current.ts';
import { extendedGlobal, hasExtendedGlobal } from './extended-globals.ts';

/** Globals of the language that make a workflow depend on the machine, on other threads or on the garbage collector. */
const REMOVED = ['Atomics', 'SharedArrayBuffer', 'WebAssembly', 'ShadowRealm', 'Temporal'];

/** `RegExp.$1` and its like tell what the last match was, in whichever run that happened. */
const REGEXP_STATICS = [
  'input',
  'lastMatch',
  'lastParen',
  'leftContext',
  'rightContext',
  'multiline',
  '$_',
  '$&',
  '$+',
  '$`',
  "$'",
  '$*',
];

export function removeUnsafeGlobals(): void {
  for (const name of REMOVED) Reflect.deleteProperty(globalThis, name);
  for (const name of REGEXP_STATICS) Reflect.deleteProperty(RegExp, name);
  for (let group = 1; group <= 9; group++) Reflect.deleteProperty(RegExp, `$${group}`);
}

/**
 * Closes the real global object: its properties cannot change, and it takes no new ones.
 *
 * A name that it does not have is looked up in the globals of the running workflow, through a proxy that is its
 * prototype. So `globalThis.answer = 42` of one run gives that run the name `answer`, and no other. This also holds for
 * code that gets at the real global object: a sloppy assignment to an undeclared name, `Function('return this')()`.
 */
export function lockGlobal(): void {
  const nothing: object = Object.freeze({ __proto__: null });
  const globals = (): object => currentRun()?.globals ?? nothing;
  const beyond = new Proxy<object>(Object.create(Object.prototype), {
    has: (target, key) => Object.hasOwn(globals(), key) || hasExtendedGlobal(key) || key in target,
    get(target, key, receiver) {
      const own = globals();
      if (Object.hasOwn(own, key)) return (own as Record<PropertyKey, unknown>)[key];
      return hasExtendedGlobal(key) ? extendedGlobal(key) : Reflect.get(target, key, receiver);
    },
    set: (_target, key, value) =>
      Reflect.defineProperty(globals(), key, { value, writable: true, enumerable: true, configurable: true }),
    defineProperty: () => false,
    deleteProperty: () => false,
    setPrototypeOf: () => false,
    preventExtensions: () => false,
    ownKeys: () => [],
    getOwnPropertyDescriptor: () => undefined,
  });
  Object.setPrototypeOf(globalThis, beyond);
  for (const key of Reflect.ownKeys(globalThis)) {
    const property = Object.getOwnPropertyDescriptor(globalThis, key);
    if (property?.configurable)
      Object.defineProperty(
        globalThis,
        key,
        'value' in property ? { writable: false, configurable: false } : { configurable: false },
      );
  }
  Object.preventExtensions(globalThis);
}

/** `@temporalio/workflow` keeps the running workflow here. Each run has its own: one can spoil no other's. */
export function defineActivator(): void {
  Object.defineProperty(globalThis, '__TEMPORAL_ACTIVATOR__', {
    get: () => currentRun()?.activator,
    set(activator: Activator | undefined) {
      const run = currentRun();
      if (run !== undefined) run.activator = activator;
    },
  });
}
