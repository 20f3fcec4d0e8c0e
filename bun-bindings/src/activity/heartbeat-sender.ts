/**
 * Sends the heartbeats of one activity, in order. Encoding details may take a while (codecs); a heartbeat that comes
 * meanwhile waits, and a later one takes its place: only the latest matters.
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

  /** Takes a heartbeat. Does nothing once closed: an activity that ended may still have code running. */
  record(details: unknown): void {
    if (this.#closed) return;
    this.#used = true;
    this.#waiting = { details };
    this.#sending ??= this.#drain();
  }

  /** No more heartbeats. Resolves when the latest one is sent. */
  async flush(): Promise<void> {
    this.#closed = true;
    await this.#sending;
  }

  /** No more heartbeats, and the one that waits is dropped. */
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
