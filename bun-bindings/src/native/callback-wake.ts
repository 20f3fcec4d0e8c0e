import { FFIType, JSCallback } from 'bun:ffi';
import { MAX_TIMER_MS } from '../timers.ts';
import { checkCode, checkHandle } from './calls.ts';
import { native } from './library.ts';
import type { Wake } from './wake.ts';

/** A function of this thread that native threads call. */
export class CallbackWake implements Wake {
  #callback: JSCallback | undefined;
  #queue = 0;
  #keepAlive: Timer | undefined;

  open(drain: () => void): number {
    const callback = new JSCallback(drain, { args: [FFIType.ptr], returns: FFIType.void, threadsafe: true });
    this.#queue = checkHandle(native().temporal_bun_queue_new(callback.ptr, null));
    this.#callback = callback;
    return this.#queue;
  }

  /** Keeps the process alive with a timer that never fires in practice: the event loop does not count native work. */
  setBusy(isBusy: boolean): void {
    if (isBusy) {
      this.#keepAlive ??= setInterval(() => {}, MAX_TIMER_MS);
    } else {
      clearInterval(this.#keepAlive);
      this.#keepAlive = undefined;
    }
  }

  close(): void {
    // The order matters: the bridge must release the callback before it is closed.
    checkCode(native().temporal_bun_queue_close(this.#queue));
    this.#callback?.close();
  }
}
