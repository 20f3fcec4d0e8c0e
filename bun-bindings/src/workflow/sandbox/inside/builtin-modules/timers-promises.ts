/** `node:timers/promises`, with durable timers. */

interface Options {
  signal?: AbortSignal;
  ref?: boolean;
}

/** Resolves with `value` after `delay` ms; rejects when the signal is aborted, which cancels the timer. */
export function setTimeout<T>(delay = 1, value?: T, { signal }: Options = {}): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(abortError(signal));
    const timer = globalThis.setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve(value);
    }, delay);
    const onAbort = (): void => {
      globalThis.clearTimeout(timer);
      reject(abortError(signal));
    };
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

export async function* setInterval<T>(delay = 1, value?: T, options: Options = {}): AsyncGenerator<T | undefined> {
  for (;;) yield await setTimeout(delay, value, options);
}

export const scheduler = {
  wait: (delay: number, options?: Options): Promise<undefined> => setTimeout(delay, undefined, options),
};

function abortError(signal: AbortSignal | undefined): Error {
  const error = new Error('The operation was aborted', { cause: signal?.reason });
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' });
}
