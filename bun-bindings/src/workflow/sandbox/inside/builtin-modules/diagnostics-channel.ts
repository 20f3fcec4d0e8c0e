/** `node:diagnostics_channel` to which nobody ever listens: whoever would is outside of the workflow. */

class Channel {
  readonly hasSubscribers = false;

  constructor(readonly name: string | symbol) {}

  publish(): void {}

  subscribe(): void {}

  unsubscribe(): boolean {
    return false;
  }

  runStores<A extends unknown[], R>(_context: unknown, fn: (...args: A) => R, thisArg?: unknown, ...args: A): R {
    return fn.apply(thisArg, args);
  }
}

type Call<A extends unknown[], R> = (...args: A) => R;

export function channel(name: string | symbol): Channel {
  return new Channel(name);
}

export function tracingChannel(name: string): object {
  const run = <A extends unknown[], R>(fn: Call<A, R>, _context?: unknown, thisArg?: unknown, ...args: A): R =>
    fn.apply(thisArg, args);
  const parts = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'].map((part) => [
    part,
    channel(`tracing:${name}:${part}`),
  ]);
  return {
    ...Object.fromEntries(parts),
    hasSubscribers: false,
    traceSync: run,
    tracePromise: run,
    traceCallback: <A extends unknown[], R>(
      fn: Call<A, R>,
      _position?: number,
      _context?: unknown,
      thisArg?: unknown,
      ...args: A
    ) => fn.apply(thisArg, args),
    subscribe(): void {},
    unsubscribe: (): boolean => false,
  };
}

export const hasSubscribers = (): boolean => false;
export const subscribe = (): void => {};
export const unsubscribe = (): boolean => false;
export { Channel };
