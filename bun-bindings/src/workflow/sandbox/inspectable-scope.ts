import { drainMicrotasks } from 'bun:jsc';
import { createContext, runInContext, type Script } from 'node:vm';
import type { Scope } from './scope.ts';

type Globals = Record<PropertyKey, unknown>;

/**
 * Globals for workflow code that runs in the thread's own realm, since a debugger sees no other: Bun's inspector does not
 * know of `vm` contexts. Code finds its free names here, through a `with` around it.
 *
 * This keeps workflow code deterministic, but not away from the built-ins that it shares with everything else in the
 * process, and it may run for as long as it likes.
 */
export class InspectableScope implements Scope {
  readonly #globals: Globals = languageGlobals();
  readonly #proxy: object;

  constructor() {
    // Every free name is looked up here, so those of the process are not to be seen.
    this.#proxy = new Proxy(this.#globals, {
      has: () => true,
      get: (globals, key) => (key === Symbol.unscopables ? undefined : globals[key]),
    });
  }

  evaluate(script: Script): unknown {
    return (script.runInThisContext() as (scope: object) => unknown)(this.#proxy);
  }

  enter(): unknown {
    try {
      return (this.#globals.__temporal_enter as () => unknown)();
    } finally {
      drainMicrotasks();
    }
  }
}

const CONSTANT: PropertyDescriptor = { writable: false, enumerable: false, configurable: false };

/** The language's own globals. Those that the sandbox changes parts of are copies. */
function languageGlobals(): Globals {
  const names = runInContext('Reflect.ownKeys(globalThis)', createContext({})) as PropertyKey[];
  const real = globalThis as unknown as Globals;
  const globals: Globals = Object.fromEntries(names.map((name) => [name, real[name]]));
  // Workflow code reads `undefined` here too, and cannot change it elsewhere.
  for (const name of ['undefined', 'NaN', 'Infinity']) Object.defineProperty(globals, name, CONSTANT);
  return Object.assign(globals, {
    globalThis: globals,
    console: undefined,
    Math: copyOf(Math),
    Atomics: copyOf(Atomics),
    WebAssembly: copyOf(WebAssembly),
    Intl: Object.assign(copyOf(Intl), { DateTimeFormat: copyOfClass(Intl.DateTimeFormat) }),
    Date: copyOfClass(Date),
    RegExp: new Proxy(RegExp, { deleteProperty: () => true }),
  });
}

function copyOf<T extends object>(object: T): T {
  return Object.create(Object.getPrototypeOf(object), Object.getOwnPropertyDescriptors(object));
}

/** A subclass with methods of its own that are the same. */
// biome-ignore lint/suspicious/noExplicitAny: what a class takes does not matter here.
function copyOfClass<T extends new (...args: any[]) => object>(Class: T): T {
  const { prototype: _, ...statics } = Object.getOwnPropertyDescriptors(Class);
  const { constructor: __, ...methods } = Object.getOwnPropertyDescriptors(Class.prototype);
  const Copy = class extends Class {};
  Object.defineProperties(Copy, statics as PropertyDescriptorMap);
  Object.defineProperties(Copy.prototype, methods as PropertyDescriptorMap);
  return Copy;
}
