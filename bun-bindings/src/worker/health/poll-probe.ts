import type { NativeConnection, PollKind } from '../../connection/index.ts';

/** The worker whose polls are asked about. */
export interface PollingWorker {
  readonly namespace: string;
  /** The kinds of tasks that the worker polls for. */
  readonly polls: readonly PollKind[];
  /** The connection that the worker uses now. */
  connection(): NativeConnection;
}

/**
 * Finds out whether the server takes polls of a worker. Core repeats polls that the server refuses for ever, and tells nobody.
 *
 * It polls itself, as the worker does, from a task queue that nobody uses. A poll that is taken waits for more than a second, so
 * probes go by the last answer; one that is refused is known at once.
 */
export class PollProbe {
  readonly #worker: PollingWorker;
  #refusal: string | undefined;
  #underWay: Promise<void> | undefined;
  #isKnown = false;
  readonly #cancels = new Set<() => void>();

  constructor(worker: PollingWorker) {
    this.#worker = worker;
  }

  /** Polls, unless a poll is under way. Call it before {@link refusal}. */
  begin(): void {
    this.#underWay ??= this.#ask().finally(() => {
      this.#underWay = undefined;
    });
  }

  /** Resolves with why the server refuses polls, or with undefined if it takes them, as far as that is known. */
  async refusal(): Promise<string | undefined> {
    if (!this.#isKnown || this.#refusal !== undefined) await this.#underWay;
    return this.#refusal;
  }

  /** Ends polls that are under way. */
  stop(): void {
    for (const cancel of this.#cancels) cancel();
  }

  async #ask(): Promise<void> {
    const refusals = this.#worker.polls.map(async (kind) => {
      const refusal = await this.#poll(kind);
      // Known before the polls of other kinds have waited.
      if (refusal !== undefined) this.#refusal = refusal;
      return refusal;
    });
    this.#refusal = (await Promise.all(refusals)).find((refusal) => refusal !== undefined);
    this.#isKnown = true;
  }

  async #poll(kind: PollKind): Promise<string | undefined> {
    const { namespace, connection } = this.#worker;
    const { address } = connection();
    const call = connection().tryPoll(kind, namespace);
    this.#cancels.add(call.cancel);
    const refusal = await call.refusal;
    this.#cancels.delete(call.cancel);
    if (refusal === undefined) return undefined;
    return `the server at ${address} refuses polls for ${kind.toLowerCase()} tasks of namespace ${namespace}: ${refusal.message}`;
  }
}
