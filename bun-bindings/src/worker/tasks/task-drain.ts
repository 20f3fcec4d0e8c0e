import type { TaskStream } from '../../native/completion-queue.ts';
import type { PollerState } from './poller-state.ts';

/** The tasks that come from a native stream: how the stream is, and whether the last of its tasks is done. */
export class InFlightTasks {
  readonly #ended = Promise.withResolvers<void>();
  #underWay = 0;
  #streamEnded = false;
  #state: PollerState = 'SHUTDOWN';

  get state(): PollerState {
    return this.#state;
  }

  /**
   * Takes tasks until the stream ends. Resolves when all that {@link follow} was told of is done, too.
   *
   * @param attach has the stream tell the given object of what comes.
   * @param onFatal called when no more tasks can be polled. The stream still ends, after what is under way.
   */
  run(
    attach: (stream: TaskStream) => void,
    onTask: (task: Uint8Array) => void,
    onFatal: (error: unknown) => void,
  ): Promise<void> {
    this.#state = 'POLLING';
    attach({
      onTask,
      onError: (error) => {
        this.#state = 'FAILED';
        onFatal(error);
      },
      onEnd: () => {
        if (this.#state === 'POLLING') this.#state = 'SHUTDOWN';
        this.#streamEnded = true;
        this.#endIfDone();
      },
    });
    return this.#ended.promise;
  }

  /** Counts a task as under way until `done`, which does not reject. */
  follow(done: Promise<void>): void {
    this.#underWay++;
    void done.finally(() => {
      this.#underWay--;
      this.#endIfDone();
    });
  }

  #endIfDone(): void {
    if (this.#streamEnded && this.#underWay === 0) this.#ended.resolve();
  }
}
