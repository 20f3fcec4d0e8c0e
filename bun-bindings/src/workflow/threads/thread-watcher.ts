/** Why a workflow thread has to be given up. */
export type Verdict = 'busy' | 'memory';

/** Interval between two looks at a thread, in ms. */
export const LOOK_INTERVAL_MS = 25;

/** Bounds of one stretch of workflow code, which runs without a pause. */
export interface StretchBounds {
  /** The execution timeout, which the engine keeps where it can interrupt code. */
  timeoutMs: number;
  /** Bytes that the process may grow by meanwhile. */
  growthBytes: number;
}

/** The engine gets this share of the timeout more before the thread is given up. */
const GRACE_SHARE = 0.25;

/** Watches a workflow thread from outside: finds code that the engine does not interrupt, or that fills the memory. */
export class ThreadWatcher {
  readonly #mostLooks: number;
  readonly #growthBytes: number;
  #stretch: number | undefined;
  /** Looks that have found the same stretch of code. They are counted, not timed: the watching thread may have been busy. */
  #looks = 0;
  #rssBefore = 0;

  constructor({ timeoutMs, growthBytes }: StretchBounds) {
    this.#mostLooks = Math.ceil((timeoutMs * (1 + GRACE_SHARE)) / LOOK_INTERVAL_MS);
    this.#growthBytes = growthBytes;
  }

  /**
   * Looks at the thread, once each {@link LOOK_INTERVAL_MS}.
   *
   * @param stretch names the stretch of workflow code that runs now.
   * @param rss gives the bytes of memory that the process has.
   */
  look(stretch: number | undefined, rss: () => number): Verdict | undefined {
    if (stretch === undefined || stretch !== this.#stretch) {
      this.#stretch = stretch;
      this.#looks = 0;
      if (stretch !== undefined) this.#rssBefore = rss();
      return undefined;
    }
    this.#looks++;
    if (rss() - this.#rssBefore > this.#growthBytes) return 'memory';
    return this.#looks > this.#mostLooks ? 'busy' : undefined;
  }
}
