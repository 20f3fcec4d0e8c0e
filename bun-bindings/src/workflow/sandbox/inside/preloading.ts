import { alea } from '@temporalio/workflow/lib/alea';
import { currentRandom } from '@temporalio/workflow/lib/current-random';
import { getActivator } from '@temporalio/workflow/lib/global-attributes';

/** Chance for preloaded modules while they are evaluated: the same in each realm. Undefined when that is over. */
let preloadedRandom: (() => number) | undefined;

/** Calls what evaluates preloaded modules. They belong to no run, and find a clock that stands at 0. */
export function whilePreloading<T>(call: () => T): T {
  preloadedRandom = alea([0]);
  try {
    return call();
  } finally {
    preloadedRandom = undefined;
  }
}

/** `Math.random`. */
export function random(): number {
  return preloadedRandom === undefined ? currentRandom() : preloadedRandom();
}

/** The time of the workflow task, in ms. */
export function currentTime(): number {
  return preloadedRandom === undefined ? getActivator().now : 0;
}
