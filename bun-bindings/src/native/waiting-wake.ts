import { checkCode, checkHandle } from './calls.ts';
import { native } from './library.ts';
import type { Wake } from './wake.ts';

/** No limit of a wait, for the bridge. */
const FOR_EVER = -1;
const READY = 1;

/**
 * A thread that has no other work waits inside of the bridge: no native thread ever calls into the engine. While it waits, its
 * event loop stands still, so whoever sends the thread a message also posts a record to the queue, and no task of the thread may
 * wait for anything else that the event loop brings, such as a module that is imported on demand.
 */
export class WaitingWake implements Wake {
  readonly #mayWait: () => boolean;
  #queue = 0;
  #isClosed = false;

  /**
   * @param mayWait tells whether the event loop has nothing to bring that was promised to this thread, be it a message or the
   *   end of a turn. It is asked between two turns.
   */
  constructor(mayWait: () => boolean) {
    this.#mayWait = mayWait;
  }

  open(drain: () => void): number {
    this.#queue = checkHandle(native().temporal_bun_queue_new(null, null));
    const turn = () => {
      if (this.#isClosed) return;
      const state = native().temporal_bun_queue_wait(this.#queue, this.#mayWait() ? FOR_EVER : 0);
      // Another thread has closed the queue, and gives this one up.
      if (state < 0) return;
      if (state === READY) drain();
      // What was delivered goes on in the event loop, which also reports rejections between two turns.
      setImmediate(turn);
    };
    setImmediate(turn);
    return this.#queue;
  }

  /** Does nothing: the thread lives until it is ended. */
  setBusy(): void {}

  close(): void {
    this.#isClosed = true;
    checkCode(native().temporal_bun_queue_close(this.#queue));
  }
}
