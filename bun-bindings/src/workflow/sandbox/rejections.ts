/** Finds out which isolate an unhandled rejection belongs to. */

/** Told the cause of a rejection that may be its isolate's. Returns whether it is. */
export type RejectionListener = (cause: unknown) => boolean;

interface Listening {
  RealmPromise: PromiseConstructor;
  listener: RejectionListener;
}

const listening = new Set<Listening>();
let onUnclaimed: ((cause: unknown) => void) | undefined;

function report(cause: unknown, promise: Promise<unknown>): void {
  for (const { RealmPromise, listener } of listening) {
    if (promise instanceof RealmPromise && listener(cause)) return;
  }
  if (onUnclaimed !== undefined) onUnclaimed(cause);
  // Not a workflow's. Having a listener at all has switched Bun's own reaction off, so do what it would have done.
  else if (process.listenerCount('unhandledRejection') === 1) throw cause;
}

function isReporting(): boolean {
  return listening.size > 0 || onUnclaimed !== undefined;
}

/**
 * Calls `listener` for each promise of a realm that is rejected with nobody there to handle it.
 *
 * @returns a function that stops that.
 */
export function onRejectionIn(RealmPromise: PromiseConstructor, listener: RejectionListener): () => void {
  if (!isReporting()) process.on('unhandledRejection', report);
  const entry = { RealmPromise, listener };
  listening.add(entry);
  return () => {
    listening.delete(entry);
    if (!isReporting()) process.off('unhandledRejection', report);
  };
}

/** Calls `listener` for the rejections of a workflow thread that belong to no run. Once a thread. */
export function onUnclaimedRejection(listener: (cause: unknown) => void): void {
  if (!isReporting()) process.on('unhandledRejection', report);
  onUnclaimed = listener;
}

let awaitedTurns = 0;

/** Resolves when all rejections that have happened so far are reported: Bun does it between two turns of its event loop. */
export async function rejectionsReported(): Promise<void> {
  awaitedTurns++;
  await new Promise((resolve) => setImmediate(resolve));
  awaitedTurns--;
}

/** Returns whether {@link rejectionsReported} waits for the event loop of this thread. */
export function isAwaitingRejections(): boolean {
  return awaitedTurns > 0;
}
