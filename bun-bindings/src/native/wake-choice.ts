import { CallbackWake } from './callback-wake.ts';
import { DescriptorWake } from './descriptor-wake.ts';
import { NativeBridgeError } from './error.ts';
import type { Wake } from './wake.ts';

const VARIABLE = 'TEMPORAL_BUN_SDK_CALLBACKS';
const DEFAULT = 'none';

/**
 * The threads that native threads wake by a call into the engine: `all`, only the `main` thread, or `none`. Workflow threads wait
 * in the bridge otherwise, and the event loop of the main thread watches a file descriptor.
 */
export type CallbackChoice = 'all' | 'main' | 'none';

/**
 * Reads the choice from TEMPORAL_BUN_SDK_CALLBACKS.
 *
 * @throws a NativeBridgeError with code `invalid_config` for a value that is no choice.
 */
export function chooseCallbacks(env: Record<string, string | undefined> = process.env): CallbackChoice {
  const value = env[VARIABLE] ?? DEFAULT;
  if (value === 'all' || value === 'main' || value === 'none') return value;
  throw new NativeBridgeError('invalid_config', `${VARIABLE}: must be all, main, none or not set`, { field: VARIABLE });
}

/** The wake of a thread that has other work than its queue. */
export function newWake(): Wake {
  // Windows has no descriptors to watch.
  return chooseCallbacks() === 'none' && process.platform !== 'win32' ? new DescriptorWake() : new CallbackWake();
}
