/** Runs functions, some at a time. The others wait for their turn. */
export type ConcurrencyLimit = <T>(run: () => Promise<T>) => Promise<T>;

/** Makes a limit that at most `most` functions run at once. */
export function concurrencyLimit(most: number): ConcurrencyLimit {
  let free = most;
  const waiting: (() => void)[] = [];
  return async (run) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await run();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}
