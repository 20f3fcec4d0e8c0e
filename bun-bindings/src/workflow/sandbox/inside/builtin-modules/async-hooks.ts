/** `node:async_hooks`, as far as it follows what a workflow waits for. */
const { AsyncLocalStorage } = globalThis as unknown as {
  AsyncLocalStorage: typeof import('node:async_hooks').AsyncLocalStorage;
};

/** Calls functions in the context that it was made in. */
export class AsyncResource {
  readonly type: string;
  readonly #run = AsyncLocalStorage.snapshot();

  constructor(type = 'AsyncResource') {
    this.type = type;
  }

  static bind<F extends (...args: never[]) => unknown>(fn: F, type?: string): F {
    return new AsyncResource(type).bind(fn);
  }

  bind<F extends (...args: never[]) => unknown>(fn: F): F {
    const resource = this;
    return function (this: unknown, ...args: never[]) {
      return resource.runInAsyncScope(fn, this, ...args);
    } as F;
  }

  runInAsyncScope<A extends never[], R>(fn: (...args: A) => R, thisArg?: unknown, ...args: A): R {
    return this.#run(() => fn.apply(thisArg, args));
  }

  emitDestroy(): this {
    return this;
  }

  asyncId(): number {
    return 0;
  }

  triggerAsyncId(): number {
    return 0;
  }
}

export const executionAsyncId = (): number => 0;
export const triggerAsyncId = (): number => 0;
export { AsyncLocalStorage };
