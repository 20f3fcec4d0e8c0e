/** Finds out which isolate an unhandled rejection belongs to. */

/** Told the cause of a rejection that may be its isolate's. Returns whether it is. */
export type RejectionListener = (cause: unknown) => boolean;

interface Listening {
  RealmPromise: PromiseConstructor;
  listener: RejectionListener;
}

const listening = new Set<Listening>();

function report(cause: unknown, promise: Promise<unknown>): void {
  for (const { RealmPromise, listener } of listening) {
    if (promise instanceof RealmPromise && listener(cause)) return;
  }
  // Not a workflow's. Having a listener at all has switched Bun's own reaction off, so do what it would have done.
  if (process.listenerCount('unhandledRejection') === 1) throw cause;
}

/**
 * Calls `listener` for each promise of a realm that is rejected with nobody there to handle it.
 *
 * @returns a function that stops that.
 */
export function onRejectionIn(RealmPromise: PromiseConstructor, listener: RejectionListener): () => void {
  if (listening.size === 0) process.on('unhandledRejection', report);
  const entry = { RealmPromise, listener };
  listening.add(entry);
  return () => {
    listening.delete(entry);
    if (listening.size === 0) process.off('unhandledRejection', report);
  };
}

/** Resolves when all rejections that have happened so far are reported: Bun does it between two turns of its event loop. */
export function rejectionsReported(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
