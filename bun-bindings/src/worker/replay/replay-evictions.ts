import type { Eviction } from '../../workflow/threads/task-runner.ts';

/** Runs leave a replay worker's cache when their history is through: in the order in which the histories were handed over. */
export class ReplayEvictions {
  readonly #expected: PromiseWithResolvers<Eviction>[] = [];

  /** The eviction of the history that is handed over next. */
  expect(): Promise<Eviction> {
    const eviction = Promise.withResolvers<Eviction>();
    this.#expected.push(eviction);
    return eviction.promise;
  }

  add(eviction: Eviction): void {
    this.#expected.shift()?.resolve(eviction);
  }
}
