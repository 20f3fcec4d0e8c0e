import type { Activator } from '@temporalio/workflow/lib/internals';
import { currentRun } from './current.ts';

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
