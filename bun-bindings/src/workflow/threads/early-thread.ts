import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ExpectedBundle } from '../bundling/expected-bundle.ts';
import type { BundleFiles } from '../bundling/loaded-bundle.ts';
import type { ToThread } from './messages.ts';
import { threadEntry } from './thread-entry.ts';

let early: Worker | undefined;

/**
 * Starts a workflow thread before a worker asks for one, so that it loads its code while the program loads its own. Executables do
 * so first of all. A thread that nobody asks for keeps no process alive.
 *
 * @param bundle the workflow bundle that the thread is likely to get: one of an executable, or one of the cache. Undefined: it cannot
 *   be told.
 *
 * @public code that `temporal-bun compile` writes calls it
 */
export function startEarly(bundle: BundleFiles | ExpectedBundle | undefined): void {
  if (early !== undefined) return;
  early = new Worker(threadEntry(), { workerData: bundle });
  early.unref();
}

/**
 * Ends the thread that was started early, if nobody has asked for it. Resolves with whether there was one, when it has ended. That
 * may be while it loads its code, which is not to be interrupted: it is asked to stop.
 */
export async function endEarly(): Promise<boolean> {
  const thread = early;
  if (thread === undefined) return false;
  early = undefined;
  const stopped = once(thread, 'message');
  thread.postMessage({ type: 'stop' } satisfies ToThread);
  await stopped.catch(() => undefined); // a thread that cannot load its code has ended
  await thread.terminate();
  return true;
}

/** Returns a new workflow thread: the one that was started early, if it was not given out yet. */
export function newThread(): Worker {
  const thread = early ?? new Worker(threadEntry());
  early = undefined;
  thread.ref();
  return thread;
}
