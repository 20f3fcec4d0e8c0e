import type { Activator } from '@temporalio/workflow/lib/internals';
import { currentRun } from './current.ts';

/** Globals of the language that make a workflow depend on the machine. */
const REMOVED = ['ShadowRealm', 'Temporal'];

/** Of what `RegExp` tells of the last match, the part that a run could set for all others. V8 does not have it either. */
const REGEXP_STATICS = ['multiline', '$*'];

export function removeUnsafeGlobals(): void {
  for (const name of REMOVED) Reflect.deleteProperty(globalThis, name);
  for (const name of REGEXP_STATICS) Reflect.deleteProperty(RegExp, name);
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
