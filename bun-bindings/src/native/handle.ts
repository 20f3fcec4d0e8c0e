import { checkCode } from './calls.ts';

type Free = (handle: number) => number;

/** Frees what a program forgot to free. Explicit calls of `free` are the rule, this is the last resort. */
const forgotten = new FinalizationRegistry<{ handle: number; free: Free }>(({ handle, free }) => {
  free(handle);
});

/** An object of the bridge, by its handle. Base of the classes that wrap one kind each. */
export abstract class NativeObject {
  #handle: number;

  protected constructor(
    handle: number,
    readonly freeHandle: Free | undefined,
  ) {
    this.#handle = handle;
    if (freeHandle) forgotten.register(this, { handle, free: freeHandle }, this);
  }

  /** Names the object towards the bridge, also from another thread. 0 once it is freed, which the bridge refuses. */
  get handle(): number {
    return this.#handle;
  }

  /** Ends the name. The bridge keeps alive what still uses the object. A second call does nothing. */
  free(): void {
    const handle = this.#handle;
    if (handle === 0) return;
    this.#handle = 0;
    if (!this.freeHandle) return;
    forgotten.unregister(this);
    checkCode(this.freeHandle(handle));
  }
}
