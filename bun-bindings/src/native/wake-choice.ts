import { CallbackWake } from './callback-wake.ts';
import { DescriptorWake } from './descriptor-wake.ts';
import { NativeBridgeError } from './error.ts';
import type { Wake } from './wake.ts';

const VARIABLE = 'TEMPORAL_BUN_SDK_WAKE';

/**
 * The ways in which threads learn of native records: native threads call a function of theirs (`callback`), or no native thread
 * ever calls into the engine (`wait`): workflow threads wait in the bridge, and the main thread reads a file descriptor.
 */
export type WakeChoice = 'callback' | 'wait';

/**
 * Reads the choice from TEMPORAL_BUN_SDK_WAKE; `callback` if it is not set.
 *
 * @throws a NativeBridgeError with code `invalid_config` for any other value.
 */
export function chooseWake(env: Record<string, string | undefined> = process.env): WakeChoice {
  const value = env[VARIABLE] ?? 'callback';
  if (value === 'callback' || value === 'wait') return value;
  throw new NativeBridgeError('invalid_config', `${VARIABLE}: must be callback, wait or not set`, { field: VARIABLE });
}

/** The wake of a thread that has other work than its queue. */
export function newWake(): Wake {
  // Windows has no descriptors to read.
  return chooseWake() === 'wait' && process.env.MAIN_CB !== '1' && process.platform !== 'win32' ? new DescriptorWake() : new CallbackWake();
}
