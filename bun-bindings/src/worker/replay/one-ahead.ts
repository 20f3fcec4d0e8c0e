/**
 * Yields what `use` makes of each value of `source`, and reads and uses the next one while the one before it is in the
 * hands of the caller.
 *
 * Closes the source as `for await` would, unless it ended or failed by itself. A read that is under way then is not
 * waited for: it may never end.
 */
export async function* oneAhead<T, U>(
  source: AsyncIterable<T> | Iterable<T>,
  use: (value: T) => Promise<U>,
): AsyncGenerator<U, void> {
  const iterator = iteratorOf(source);
  let isReading = false;
  let hasEnded = false;
  const read = async (): Promise<IteratorResult<T>> => {
    isReading = true;
    try {
      const result = await iterator.next();
      hasEnded = result.done === true;
      return result;
    } catch (error) {
      hasEnded = true;
      throw error;
    } finally {
      isReading = false;
    }
  };
  const readAndUse = async (): Promise<{ used: U } | undefined> => {
    const result = await read();
    return result.done ? undefined : { used: await use(result.value) };
  };
  try {
    let next = readAndUse();
    for (let result = await next; result !== undefined; result = await next) {
      next = readAndUse();
      next.catch(() => undefined); // handled when its turn comes
      yield result.used;
    }
  } finally {
    if (!hasEnded) await close(iterator, isReading);
  }
}

async function close(iterator: AsyncIterator<unknown>, isReading: boolean): Promise<void> {
  const closed = iterator.return?.();
  if (isReading) closed?.catch(() => undefined);
  else await closed;
}

function iteratorOf<T>(source: AsyncIterable<T> | Iterable<T>): AsyncIterator<T> {
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : eachOf(source);
}

async function* eachOf<T>(values: Iterable<T>): AsyncGenerator<T, void> {
  yield* values;
}
