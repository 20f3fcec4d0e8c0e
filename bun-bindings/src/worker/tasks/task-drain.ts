import type { TaskStream } from '../../native/completion-queue.ts';
import type { PollerState } from './poller-state.ts';

/** Tracks the tasks of a native stream: the state of the stream, and whether its last task is done. */
export class InFlightTasks {
  readonly #ended = Promise.withResolvers<void>();
  #underWay = 0;
  #streamEnded = false;
  #state: PollerState = 'SHUTDOWN';

  get state(): PollerState {
    return this.#state;
  }

  /**
   * Takes tasks until the stream ends. Resolves when the stream has ended and all {@link follow}ed tasks are done.
   *
   * @param attach attaches the given receiver to the stream.
   * @param onFatal called when polling has failed for good. The stream still ends after the running tasks.
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

  /** Counts a task as in flight until `done` resolves. `done` must not reject. */
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
