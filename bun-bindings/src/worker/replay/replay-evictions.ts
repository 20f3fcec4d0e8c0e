import type { Eviction } from '../../workflow/threads/task-runner.ts';

/** Matches evictions with histories. A replay worker evicts runs in the order in which their histories were pushed. */
export class ReplayEvictions {
  readonly #expected: PromiseWithResolvers<Eviction>[] = [];

  /** The eviction of the history that is pushed next. */
  expect(): Promise<Eviction> {
    const eviction = Promise.withResolvers<Eviction>();
    this.#expected.push(eviction);
    return eviction.promise;
  }

  add(eviction: Eviction): void {
    this.#expected.shift()?.resolve(eviction);
  }
}
