/** Why a workflow thread has to be given up. */
export type Verdict = 'busy' | 'memory';

/** Interval between two looks at a thread, in ms. */
export const LOOK_INTERVAL_MS = 25;
/** The same while its code takes memory so fast that it would be beyond its bound by then. */
const MIN_INTERVAL_MS = 2;

/** Bounds of one stretch of workflow code, which runs without a pause. */
export interface StretchBounds {
  /** The execution timeout, which the engine keeps where it can interrupt code. */
  timeoutMs: number;
  /** Bytes that the process may grow by meanwhile. */
  growthBytes: number;
  /** Bytes of memory that the process may use. @default as many as it likes */
  processBytes?: number;
}

/** The engine gets this share of the timeout more before the thread is given up. */
const GRACE_SHARE = 0.25;

/** Code that takes memory is stopped when the process has so large a share of what it may use. */
const FULL_SHARE = 0.85;
/** Growth that is left to any code, also in a process as full as that: garbage, and what others take meanwhile. */
const MIN_GROWTH_BYTES = 32 * 1024 ** 2;

/** Watches a workflow thread from outside: finds code that the engine does not interrupt, or that fills the memory. */
export class ThreadWatcher {
  readonly #patienceMs: number;
  readonly #growthBytes: number;
  readonly #fullBytes: number;
  #stretch: number | undefined;
  /** Sum of the intervals between the looks that have found the same stretch. Not the time: the watching thread may have been busy. */
  #watchedMs = 0;
  #rssBefore = 0;
  #rss = 0;
  #intervalMs = LOOK_INTERVAL_MS;

  constructor({ timeoutMs, growthBytes, processBytes = Infinity }: StretchBounds) {
    this.#patienceMs = timeoutMs * (1 + GRACE_SHARE);
    this.#growthBytes = growthBytes;
    this.#fullBytes = FULL_SHARE * processBytes;
  }

  /** Time to the next look, in ms: half of that which the code would take to its bound if it grew on as it did last. */
  get intervalMs(): number {
    return this.#intervalMs;
  }

  /**
   * Looks at the thread.
   *
   * @param stretch names the stretch of workflow code that runs now.
   * @param rss gives the bytes of memory that the process has.
   * @param sinceMs the interval since the last look, as it was planned.
   */
  look(stretch: number | undefined, rss: () => number, sinceMs = LOOK_INTERVAL_MS): Verdict | undefined {
    this.#intervalMs = LOOK_INTERVAL_MS;
    if (stretch === undefined || stretch !== this.#stretch) {
      this.#stretch = stretch;
      this.#watchedMs = 0;
      if (stretch !== undefined) this.#rss = this.#rssBefore = rss();
      return undefined;
    }
    this.#watchedMs += sinceMs;
    const step = rss() - this.#rss;
    this.#rss += step;
    const left = this.#rssBefore + this.growthBytes - this.#rss;
    if (left < 0) return 'memory';
    if (step > 0) {
      const half = ((left / step) * sinceMs) / 2;
      this.#intervalMs = Math.min(LOOK_INTERVAL_MS, Math.max(MIN_INTERVAL_MS, half));
    }
    return this.#watchedMs > this.#patienceMs ? 'busy' : undefined;
  }

  /** Bytes that the process may grow by while this stretch runs. */
  get growthBytes(): number {
    return Math.min(this.#growthBytes, Math.max(MIN_GROWTH_BYTES, this.#fullBytes - this.#rssBefore));
  }
}
