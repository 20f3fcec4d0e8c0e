/**
 * Settles as `promise` does, for as long as something happens. Rejects with what `look` returned when it returns the same
 * twice, with a pause in between.
 */
export async function whileItMoves<T>(
  promise: Promise<T>,
  look: () => Promise<string>,
  pause: (signal: AbortSignal) => Promise<void>,
): Promise<T> {
  const over = new AbortController();
  const watch = async (): Promise<never> => {
    let before: string | undefined;
    for (;;) {
      await pause(over.signal);
      const now = await look();
      if (now === before) throw new Error(now);
      before = now;
    }
  };
  try {
    return await Promise.race([promise, watch()]);
  } finally {
    over.abort();
  }
}
