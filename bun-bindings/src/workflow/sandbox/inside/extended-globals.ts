import { builtinModule } from './builtin-modules.ts';
import { currentRun } from './current.ts';
import { makeAtob, makeBtoa } from './globals/base64.ts';
import { makeCrypto } from './globals/crypto.ts';
import { DOMException } from './globals/dom-exception.ts';
import { CustomEvent, Event, EventTarget } from './globals/event-target.ts';
import { makeClearInterval, makeSetInterval } from './globals/intervals.ts';
import { makeQueueMicrotask } from './globals/microtasks.ts';
import { makePerformance } from './globals/performance.ts';
import { makeProcess } from './globals/process.ts';
import { makeStructuredClone } from './globals/structured-clone.ts';
import { madeOnce } from './made-once.ts';
import { get, has, hasOwn, setPrototypeOf } from './primordials.ts';

/** Streams that move what a workflow puts into them, and do no I/O. */
const STREAMS = [
  'ByteLengthQueuingStrategy',
  'CountQueuingStrategy',
  'ReadableStream',
  'ReadableStreamBYOBReader',
  'ReadableStreamDefaultReader',
  'TransformStream',
  'WritableStream',
  'WritableStreamDefaultWriter',
];

/** Globals that a built-in module exports. */
function ofModule(module: string, names: string[]): Record<string, () => unknown> {
  return Object.fromEntries(
    names.map((name) => [name, () => (builtinModule(module) as Record<string, unknown>)[name]]),
  );
}

/**
 * Globals that `@temporalio/worker` does not have, and that a workflow can have deterministically. Each is made for a run when
 * that run first asks for it: a run can spoil no other's, and one that asks for none pays for none.
 */
const MAKERS: Record<string, () => unknown> = {
  ...ofModule('buffer', ['Buffer']),
  ...ofModule('stream/web', STREAMS),
  CustomEvent: () => CustomEvent,
  DOMException: () => DOMException,
  Event: () => Event,
  EventTarget: () => EventTarget,
  atob: makeAtob,
  btoa: makeBtoa,
  clearInterval: makeClearInterval,
  crypto: makeCrypto,
  performance: makePerformance,
  process: makeProcess,
  queueMicrotask: makeQueueMicrotask,
  self: () => globalThis,
  setInterval: makeSetInterval,
  structuredClone: makeStructuredClone,
};

/** The value of one of these globals in the running workflow. */
function extendedGlobal(name: string): unknown {
  return madeOnce(name, MAKERS[name] as () => unknown);
}

/** Whether the running workflow has this global. */
function hasExtendedGlobal(name: PropertyKey): name is string {
  return currentRun()?.recorder.extendedGlobals === true && hasOwn(MAKERS, name);
}

/**
 * Has the names looked up behind the global object, which all runs share, since not every run has them. They are no
 * properties of it: what a run assigns to one is.
 */
export function lookUpExtendedGlobals(): void {
  const beyond = new Proxy<object>(Object.create(Object.prototype), {
    has: (target, key) => hasExtendedGlobal(key) || has(target, key),
    get: (target, key, receiver) => (hasExtendedGlobal(key) ? extendedGlobal(key) : get(target, key, receiver)),
    defineProperty: () => false,
    deleteProperty: () => false,
    setPrototypeOf: () => false,
    preventExtensions: () => false,
  });
  setPrototypeOf(globalThis, beyond);
}

const accessors: PropertyDescriptorMap = Object.fromEntries(
  Object.keys(MAKERS).map((name) => [
    name,
    {
      get: () => extendedGlobal(name),
      set(this: object, value: unknown) {
        Object.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true });
      },
      enumerable: false,
      configurable: true,
    },
  ]),
);

/** The parts that runs share beside the accessors: the classes of events and errors that signals are made with. */
export const sharedExtendedGlobals: unknown[] = [CustomEvent, DOMException, Event, EventTarget];

/** Gives the realm of a single run these names. */
export function defineExtendedGlobals(): void {
  Object.defineProperties(globalThis, accessors);
}
