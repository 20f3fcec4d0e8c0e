import { Worker } from 'node:worker_threads';
import type { BundleFiles } from '../bundling/loaded-bundle.ts';
import { threadEntry } from './thread-entry.ts';

let early: Worker | undefined;

/**
 * Starts a workflow thread before a worker asks for one, so that it loads its code while the program loads its own. Executables do
 * so first of all. A thread that nobody asks for keeps no process alive.
 *
 * @param bundle the workflow bundle that the thread is likely to get.
 *
 * @public code that `temporal-bun compile` writes calls it
 */
export function startEarly(bundle: BundleFiles): void {
  early = new Worker(threadEntry(), { workerData: bundle });
  early.unref();
}

/** Returns a new workflow thread: the one that was started early, if it was not given out yet. */
export function newThread(): Worker {
  const thread = early ?? new Worker(threadEntry());
  early = undefined;
  thread.ref();
  return thread;
}
