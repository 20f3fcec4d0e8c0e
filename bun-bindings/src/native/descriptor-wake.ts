import { checkCode, checkHandle, checkSize } from './calls.ts';
import { native } from './library.ts';
import type { Wake } from './wake.ts';

/** A reader of a stream, of any library's types. */
type Reader = { read(): Promise<{ done: boolean }>; cancel(): Promise<void> };

/**
 * A file descriptor that the event loop reads: no native thread ever calls into the engine.
 *
 * A descriptor that is read keeps the process alive, so it is only read while something is under way. Records that come when
 * nothing is are drained with the next.
 */
export class DescriptorWake implements Wake {
  #queue = 0;
  #descriptor = 0;
  #drain: () => void = () => undefined;
  #reader: Reader | undefined;
  #isBusy = false;

  open(drain: () => void): number {
    this.#drain = drain;
    this.#queue = checkHandle(native().temporal_bun_queue_new(null, null));
    this.#descriptor = checkSize(native().temporal_bun_queue_fd(this.#queue));
    return this.#queue;
  }

  setBusy(isBusy: boolean): void {
    this.#isBusy = isBusy;
    if (isBusy) this.#begin();
    // Calls often come one after the other.
    else if (this.#reader !== undefined) setImmediate(() => this.#isBusy || this.#end());
  }

  close(): void {
    this.#end();
    checkCode(native().temporal_bun_queue_close(this.#queue));
  }

  #begin(): void {
    if (this.#reader !== undefined) return;
    const reader = Bun.file(this.#descriptor).stream().getReader();
    this.#reader = reader;
    void this.#read(reader).catch(reportError);
    // An earlier stream may have read the sign, and was cancelled before it could hand it on.
    setImmediate(() => this.#reader === reader && this.#drain());
  }

  #end(): void {
    void this.#reader?.cancel();
    this.#reader = undefined;
  }

  async #read(reader: Reader): Promise<void> {
    // What is read is only the sign that there is something to drain.
    while (!(await reader.read()).done) this.#drain();
  }
}
