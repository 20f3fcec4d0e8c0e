import type { Eviction } from '../workflow/thread/task-runner.ts';

/** Runs leave a replay worker's cache when their history is through: one after the other. */
export class ReplayEvictions {
  #next = Promise.withResolvers<Eviction>();

  /** The eviction of the history that is handed over next. */
  expect(): Promise<Eviction> {
    this.#next = Promise.withResolvers();
    return this.#next.promise;
  }

  add(eviction: Eviction): void {
    this.#next.resolve(eviction);
  }
}
