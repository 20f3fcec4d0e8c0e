import { callHost, host } from '../bridge.ts';
import { currentActivator } from '../current.ts';

/** `AsyncLocalStorage` of this realm. What a workflow run makes ends with the run. */
export class AsyncLocalStorage<T> {
  readonly #host = new host.AsyncLocalStorage<T>();
  readonly name: string;

  constructor(name = 'anonymous') {
    this.name = name;
    currentActivator()?.workflowSandboxDestructors.push(() => this.disable());
  }

  static bind<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R {
    const run = AsyncLocalStorage.snapshot();
    return (...args) => run(fn, ...args);
  }

  static snapshot(): <A extends unknown[], R>(fn: (...args: A) => R, ...args: A) => R {
    const run = host.AsyncLocalStorage.snapshot();
    return (fn, ...args) => callHost(() => run(() => fn(...args)));
  }

  run<A extends unknown[], R>(store: T, fn: (...args: A) => R, ...args: A): R {
    return callHost(() => this.#host.run(store, () => fn(...args)));
  }

  exit<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): R {
    return callHost(() => this.#host.exit(() => fn(...args)));
  }

  getStore(): T | undefined {
    return callHost(() => this.#host.getStore());
  }

  enterWith(store: T): void {
    callHost(() => this.#host.enterWith(store));
  }

  disable(): void {
    callHost(() => this.#host.disable());
  }
}
