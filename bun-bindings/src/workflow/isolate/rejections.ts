/** Finds out which isolate an unhandled rejection belongs to. */

type Listener = (cause: unknown) => void;

const listeners = new Map<PromiseConstructor, Listener>();

function report(cause: unknown, promise: Promise<unknown>): void {
  for (const [RealmPromise, listener] of listeners) {
    if (promise instanceof RealmPromise) {
      listener(cause);
      return;
    }
  }
  // Not a workflow's. Having a listener at all has switched Bun's own reaction off, so do what it would have done.
  if (process.listenerCount('unhandledRejection') === 1) throw cause;
}

/**
 * Calls `listener` for each promise of a realm that is rejected with nobody there to handle it.
 *
 * @returns a function that stops that.
 */
export function onRejectionIn(RealmPromise: PromiseConstructor, listener: Listener): () => void {
  if (listeners.size === 0) process.on('unhandledRejection', report);
  listeners.set(RealmPromise, listener);
  return () => {
    listeners.delete(RealmPromise);
    if (listeners.size === 0) process.off('unhandledRejection', report);
  };
}

/** Resolves when all rejections that have happened so far are reported: Bun does it between two turns of its event loop. */
export function rejectionsReported(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
