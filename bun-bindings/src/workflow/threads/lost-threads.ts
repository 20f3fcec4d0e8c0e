import type { Verdict } from './thread-watcher.ts';

/** How a thread was lost: it was given up, or has crashed. */
export type ThreadLoss = Verdict | 'crash';

/** A thread was given up, because of one of its runs. */
export class LostThreadError extends Error {
  override readonly name = 'LostThreadError';

  constructor(
    message: string,
    readonly verdict: Verdict,
    readonly runId: string,
    readonly workflowType: string,
  ) {
    super(message);
  }
}

/** A type that has cost this many threads in {@link PERIOD_MS} is refused for {@link REFUSAL_MS}. */
const MAX_LOST_BY_TYPE = 3;
const PERIOD_MS = 10 * 60_000;
const REFUSAL_MS = 60_000;

/** While this many threads that were given up have not ended, a type is refused for the first thread that it costs. */
const MAX_UNENDED = 4;
/** With more of them the worker ends: they take the CPU from all else. */
const MAX_UNENDED_AT_ALL = 2 * MAX_UNENDED;

/** Counts the threads that were given up, so that code which costs them does not cost the worker. */
export class LostThreads {
  readonly #byType = new Map<string, number[]>();
  readonly #refusedUntil = new Map<string, number>();
  readonly #now: () => number;
  #unended = 0;

  /** @param now the time in ms, the same in all threads. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /**
   * Counts a thread that was given up, until `ended` resolves. Returns whether its type is refused from now on.
   *
   * @throws the error if too many threads were given up that have not ended.
   */
  add(error: LostThreadError, ended: Promise<void>): boolean {
    const { workflowType } = error;
    const now = this.#now();
    const times = [...(this.#byType.get(workflowType) ?? []), now].filter((time) => now - time < PERIOD_MS);
    this.#byType.set(workflowType, times);
    this.#unended++;
    void ended.then(() => this.#unended--);
    if (this.#unended > MAX_UNENDED_AT_ALL) throw error;
    const isRefused = times.length >= MAX_LOST_BY_TYPE || this.#unended >= MAX_UNENDED;
    if (isRefused) this.#refusedUntil.set(workflowType, now + REFUSAL_MS);
    return isRefused;
  }

  /** The workflow types that are refused now, each with the time until when, in ms. */
  get refused(): [workflowType: string, until: number][] {
    const now = this.#now();
    return [...this.#refusedUntil].filter(([, until]) => until > now);
  }
}
