import { checkCode } from './calls.ts';

type Free = (handle: number) => number;

/** Frees objects that were garbage-collected without a call of `free`. A last resort: owners call `free`. */
const forgotten = new FinalizationRegistry<{ handle: number; free: Free }>(({ handle, free }) => {
  free(handle);
});

/** An object of the bridge, with its handle. The base class of the wrappers. */
export abstract class NativeObject {
  #handle: number;

  protected constructor(
    handle: number,
    readonly freeHandle: Free | undefined,
  ) {
    this.#handle = handle;
    if (freeHandle) forgotten.register(this, { handle, free: freeHandle }, this);
  }

  /** The handle of the object, valid on all threads. 0 after `free`, which the bridge rejects. */
  get handle(): number {
    return this.#handle;
  }

  /** Frees the handle. The bridge keeps the object alive while others use it. A second call does nothing. */
  free(): void {
    const handle = this.#handle;
    if (handle === 0) return;
    this.#handle = 0;
    if (!this.freeHandle) return;
    forgotten.unregister(this);
    checkCode(this.freeHandle(handle));
  }
}
