import { currentRun } from '../current.ts';

const RealPromise = Promise;

type Executor<T> = (resolve: (value: T | PromiseLike<T>) => void, reject: (reason?: unknown) => void) => void;

/**
 * `Promise` as workflow code sees it: promises that it makes itself are noted, for stack-trace queries.
 *
 * They are ordinary promises, with the engine's constructor: an `await` takes another turn of the microtask queue for
 * any other kind, and so would change the order in which workflow code runs.
 */
function NotingPromise<T>(executor: Executor<T>): Promise<T> {
  const NewTarget = new.target as unknown;
  if (NewTarget === undefined) throw new TypeError('calling Promise constructor without new is invalid');
  const waits = currentRun()?.waits;
  let promise: Promise<T> | undefined;
  let settled = false;
  const settle = (): void => {
    settled = true;
    if (promise !== undefined) waits?.end(promise);
  };
  const noting: unknown =
    typeof executor !== 'function'
      ? executor
      : (resolve: (value: T | PromiseLike<T>) => void, reject: (reason?: unknown) => void) =>
          executor(
            (value) => {
              settle();
              resolve(value);
            },
            (reason) => {
              settle();
              reject(reason);
            },
          );
  promise = Reflect.construct(RealPromise, [noting], NewTarget === NotingPromise ? RealPromise : (NewTarget as never));
  if (!settled) waits?.begin(promise as Promise<T>, new Error());
  return promise as Promise<T>;
}

/** The constructor that a static method is to use: the real one, or a subclass. */
function real(called: unknown): unknown {
  return called === NotingPromise ? RealPromise : called;
}

function namedAs(original: object, replacement: object): object {
  for (const key of ['name', 'length']) {
    Object.defineProperty(replacement, key, Object.getOwnPropertyDescriptor(original, key) ?? {});
  }
  return replacement;
}

for (const key of Reflect.ownKeys(RealPromise)) {
  const property = Object.getOwnPropertyDescriptor(RealPromise, key);
  const method = property?.value as unknown;
  if (property === undefined || key === 'withResolvers') continue;
  if (typeof method === 'function') {
    property.value = namedAs(method, function (this: unknown, ...args: unknown[]) {
      return Reflect.apply(method, real(this), args);
    });
  }
  Object.defineProperty(NotingPromise, key, property);
}

Object.defineProperty(NotingPromise, 'withResolvers', {
  value<T>(this: new (executor: Executor<T>) => Promise<T>) {
    let resolve: unknown;
    let reject: unknown;
    const promise = new this((resolveIt, rejectIt) => {
      resolve = resolveIt;
      reject = rejectIt;
    });
    return { promise, resolve, reject };
  },
  writable: true,
  configurable: true,
});

const asPromise = NotingPromise as unknown as PromiseConstructor;

export { asPromise as Promise };
