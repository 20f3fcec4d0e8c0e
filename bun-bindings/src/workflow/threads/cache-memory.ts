/** Reads and shrinks the heap of a thread, for its {@link CacheMemory}. */
export interface CacheMemoryActions {
  /** Returns the bytes that the thread's heap has allocated, garbage included. Takes some 15 µs. */
  allocatedBytes(): number;
  /** Collects all garbage, and returns the bytes that are left. Takes as long as the heap is large. */
  collect(): number;
  /** Number of runs in memory. */
  cachedRuns(): number;
  /** Requests the eviction of up to this many runs but the one that was active last. Returns their ids. */
  evictLeastRecentlyUsed(count: number): string[];
  /** Called with what the runs take, in bytes. */
  onMeasured(bytes: number): void;
}

/** The heap is looked at after activations that took this long together, in ms, or this many of them. */
const CHECK_AFTER_MS = 20;
const CHECK_AFTER_ACTIVATIONS = 512;

/** Evictions go on until the runs take no more than this share of the bound. */
const TARGET_SHARE = 0.75;
/** Garbage may take this share of the bound before it is collected just to measure. */
const GARBAGE_SHARE = 0.25;

/**
 * Keeps what the runs of a workflow thread take below a bound: beyond it, those that were used least recently are evicted.
 *
 * Runs take what the heap has grown by since the workflows were loaded. Measuring costs nothing that counts: the heap is looked at
 * now and then only, and garbage is collected only when the bound seems to be passed.
 */
export class CacheMemory {
  readonly #boundBytes: number;
  readonly #actions: CacheMemoryActions;
  /** The heap of a thread without runs. With its garbage: to collect that would take time from the start. */
  readonly #baseBytes: number;
  /** The runs that are about to be evicted. */
  readonly #leaving = new Set<string>();
  #spentMs = 0;
  #activations = 0;
  /** Beyond this many bytes garbage is collected to learn what the runs take. */
  #suspectBytes: number;
  /** Whether evictions have not reached their target yet. */
  #isShrinking = false;

  constructor(boundBytes: number, actions: CacheMemoryActions) {
    this.#boundBytes = boundBytes;
    this.#actions = actions;
    this.#baseBytes = actions.allocatedBytes();
    this.#suspectBytes = boundBytes;
  }

  /**
   * Called after an activation, before its completion is sent.
   *
   * @throws a RangeError if the run that was activated takes more than the bound, and is alone. Its task is to be failed.
   */
  activated(elapsedMs: number): void {
    this.#spentMs += elapsedMs;
    this.#activations++;
    if (this.#spentMs < CHECK_AFTER_MS && this.#activations < CHECK_AFTER_ACTIVATIONS) return;
    this.#spentMs = 0;
    this.#activations = 0;
    this.#check();
  }

  /** Called when a run has left the cache. */
  evicted(runId: string): void {
    if (this.#leaving.delete(runId) && this.#leaving.size === 0) this.#shrink(this.#measureLive());
  }

  #check(): void {
    if (this.#measured(this.#actions.allocatedBytes()) <= this.#suspectBytes || this.#leaving.size > 0) return;
    const live = this.#measureLive();
    if (live <= this.#boundBytes) return;
    if (this.#actions.cachedRuns() <= 1) {
      const [taken, bound] = [live, this.#boundBytes].map((bytes) => `${Math.round(bytes / 1024 ** 2)} MiB`);
      throw new RangeError(
        `The workflow takes ${taken} of memory, more than all cached workflows of its thread may ` +
          `(${bound}, see WorkerOptions.maxCachedWorkflowsMemory)`,
      );
    }
    this.#isShrinking = true;
    this.#shrink(live);
  }

  /** Requests evictions, if more are needed: as many as free enough if all runs are of one size. */
  #shrink(live: number): void {
    const excess = live - TARGET_SHARE * this.#boundBytes;
    const runs = this.#actions.cachedRuns();
    if (!this.#isShrinking || excess <= 0 || runs <= 1) {
      this.#isShrinking = false;
      return;
    }
    const count = Math.min(runs - 1, Math.ceil((excess / live) * runs));
    for (const runId of this.#actions.evictLeastRecentlyUsed(count)) this.#leaving.add(runId);
  }

  #measureLive(): number {
    const bytes = this.#measured(this.#actions.collect());
    const bound = this.#boundBytes;
    this.#suspectBytes = bytes > bound ? bound : Math.max(bound, bytes + GARBAGE_SHARE * bound);
    return bytes;
  }

  #measured(heapBytes: number): number {
    const bytes = Math.max(0, heapBytes - this.#baseBytes);
    this.#actions.onMeasured(bytes);
    return bytes;
  }
}
