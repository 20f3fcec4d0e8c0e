/**
 * Sends the heartbeats of one activity in order. Encoding the details may take time (codecs). Meanwhile only the latest
 * heartbeat waits; it replaces an earlier one.
 */
export class HeartbeatSender {
  #sending: Promise<void> | undefined;
  #waiting: { details: unknown } | undefined;
  #closed = false;
  #used = false;

  /** Encodes and sends one heartbeat. */
  readonly #send: (details: unknown) => Promise<void>;
  /** Called with what `send` rejects with. */
  readonly #onError: (error: unknown) => void;

  constructor(send: (details: unknown) => Promise<void>, onError: (error: unknown) => void) {
    this.#send = send;
    this.#onError = onError;
  }

  /** Whether the activity has sent a heartbeat. */
  get used(): boolean {
    return this.#used;
  }

  /** Records a heartbeat. Does nothing after the end: code of an ended activity may still run. */
  record(details: unknown): void {
    if (this.#closed) return;
    this.#used = true;
    this.#waiting = { details };
    this.#sending ??= this.#drain();
  }

  /** Stops recording. Resolves when the latest heartbeat is sent. */
  async flush(): Promise<void> {
    this.#closed = true;
    await this.#sending;
  }

  /** Stops recording, and drops a waiting heartbeat. */
  drop(): void {
    this.#closed = true;
    this.#waiting = undefined;
  }

  async #drain(): Promise<void> {
    while (this.#waiting !== undefined) {
      const { details } = this.#waiting;
      this.#waiting = undefined;
      try {
        await this.#send(details);
      } catch (error) {
        this.#onError(error);
      }
    }
    this.#sending = undefined;
  }
}
