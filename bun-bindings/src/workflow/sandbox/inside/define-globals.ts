import { replacePromiseAny } from '../../../promise-any.ts';
import { currentRun } from './current.ts';
import { AbortController, AbortSignal } from './globals/abort.ts';
import { assert } from './globals/assert/assert.ts';
import { AsyncLocalStorage } from './globals/async-local-storage.ts';
import { console } from './globals/console.ts';
import { TextDecoder, TextEncoder } from './globals/text.ts';
import { URL, URLSearchParams } from './globals/url.ts';

/** Adds to the globals, or replaces some, as the language defines its own. */
export function defineGlobals(globals: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true });
  }
}

replacePromiseAny(() => currentRun()?.recorder.asV8 === false);
defineGlobals({
  AbortController,
  AbortSignal,
  AsyncLocalStorage,
  TextDecoder,
  TextEncoder,
  URL,
  URLSearchParams,
  assert,
  console,
});
for (const [name, fallback] of [
  ['dispose', 'nodejs.dispose'],
  ['asyncDispose', 'nodejs.asyncDispose'],
] as const) {
  if (typeof Symbol[name] !== 'symbol') Object.defineProperty(Symbol, name, { value: Symbol.for(fallback) });
}

// Packages look for it to find out that they run in a workflow.
Object.defineProperty(globalThis, '__webpack_module_cache__', { value: Object.freeze({}), configurable: true });
