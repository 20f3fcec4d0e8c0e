type Settle = (value: unknown) => void;
type PromiseClass = (new (
  executor: (resolve: Settle, reject: Settle) => void,
) => unknown) & {
  resolve(value: unknown): PromiseLike<unknown>;
};

const MESSAGE = 'All promises were rejected';

function allRejected(errors: unknown[]): AggregateError {
  const error = new AggregateError(errors, MESSAGE);
  return Object.defineProperty(error, 'stack', {
    value: `AggregateError: ${MESSAGE}`,
    writable: true,
    configurable: true,
  });
}

/**
 * Replaces `Promise.any` by one that follows the language step by step. The engine's rejects with an `AggregateError` that has
 * neither a message nor a stack, so that nobody can tell what has failed.
 *
 * @param usesEngine whether a call is to be left to the engine.
 */
export function replacePromiseAny(usesEngine: () => boolean = () => false): void {
  const real = Promise.any as (values: Iterable<unknown>) => Promise<unknown>;
  const { any } = {
    any(this: PromiseClass, values: Iterable<unknown>): unknown {
      if (usesEngine()) return real.call(this, values);
      let resolve: Settle = () => {};
      let reject: Settle = () => {};
      const promise = new this((resolveIt, rejectIt) => {
        resolve = resolveIt;
        reject = rejectIt;
      });
      try {
        const resolveItem = this.resolve;
        if (typeof resolveItem !== 'function') throw new TypeError('Promise.resolve is not a function');
        const errors: unknown[] = [];
        let remaining = 1;
        const count = (): void => {
          if (--remaining === 0) reject(allRejected([...errors]));
        };
        for (const value of values) {
          const index = errors.length;
          errors.push(undefined);
          remaining++;
          let isCalled = false;
          resolveItem.call(this, value).then(resolve, (error: unknown) => {
            if (isCalled) return;
            isCalled = true;
            errors[index] = error;
            count();
          });
        }
        count();
      } catch (error) {
        reject(error);
      }
      return promise;
    },
  };
  Object.defineProperty(Promise, 'any', { value: any, writable: true, configurable: true });
}
