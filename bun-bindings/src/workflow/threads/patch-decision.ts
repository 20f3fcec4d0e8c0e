/**
 * Passes the result of `WorkerOptions.patchActivationCallback` to a workflow thread. `patched()` is synchronous, so the
 * thread waits for the main thread on shared memory.
 */

import { callWithin } from './time-limit.ts';

const PENDING = 0;
const ACTIVE = 1;
const INACTIVE = 2;
const FAILED = 3;

/** Maximum length of an error message. */
const MAX_MESSAGE_BYTES = 4096;
const HEADER_BYTES = 2 * Int32Array.BYTES_PER_ELEMENT;

/** The shared memory of one decision. */
export type Decision = SharedArrayBuffer;

export function newDecision(): Decision {
  return new SharedArrayBuffer(HEADER_BYTES + MAX_MESSAGE_BYTES);
}

/** Blocks this thread until {@link decide} was called. Throws the error of the callback. */
export function waitForDecision(decision: Decision): boolean {
  const header = headerOf(decision);
  Atomics.wait(header, 0, PENDING);
  const outcome = Atomics.load(header, 0);
  if (outcome !== FAILED) return outcome === ACTIVE;
  // Copy the message, because TextDecoder does not accept shared memory.
  const message = new Uint8Array(new Uint8Array(decision, HEADER_BYTES, Atomics.load(header, 1)));
  throw new Error(new TextDecoder().decode(message));
}

/**
 * Calls `callback`, for no longer than `limitMs`, and writes its result or error. Returns the error, if there is one. A callback
 * without an end would keep the thread that calls it from all else, the worker's shutdown included.
 */
export function decide(decision: Decision, limitMs: number, callback: () => boolean): unknown {
  const header = headerOf(decision);
  let outcome = FAILED;
  let failure: unknown;
  try {
    outcome = callWithin(limitMs, callback) ? ACTIVE : INACTIVE;
  } catch (error) {
    failure = error;
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const { written } = new TextEncoder().encodeInto(message, new Uint8Array(decision, HEADER_BYTES));
    Atomics.store(header, 1, written);
  }
  Atomics.store(header, 0, outcome);
  Atomics.notify(header, 0);
  return failure;
}

function headerOf(decision: Decision): Int32Array {
  return new Int32Array(decision, 0, 2);
}
