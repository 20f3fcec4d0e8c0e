import { expect, test } from 'bun:test';
import { oneAhead } from './one-ahead.ts';

/** A source that records its calls. A number past the end of `values` that is `pending` is read for ever. */
function recorded(values: number, last: () => Promise<IteratorResult<number>>) {
  const calls: string[] = [];
  let read = 0;
  const source: AsyncIterable<number> = {
    [Symbol.asyncIterator]: () => ({
      next() {
        calls.push('next');
        return read < values ? Promise.resolve({ done: false, value: read++ }) : last();
      },
      async return() {
        calls.push('return');
        return { done: true, value: undefined };
      },
    }),
  };
  return { calls, source };
}

const ends = async () => ({ done: true, value: undefined }) as const;
const same = async (value: number) => value;

async function firstOf(values: AsyncIterable<number>): Promise<number | undefined> {
  for await (const value of values) return value;
  return undefined;
}

test('all values come in order, and an end closes nothing', async () => {
  const { calls, source } = recorded(3, ends);
  expect(await Array.fromAsync(oneAhead(source, async (value) => value * 2))).toEqual([0, 2, 4]);
  expect(calls).toEqual(['next', 'next', 'next', 'next']);
});

test('the next value is read while the caller has one', async () => {
  const { calls, source } = recorded(3, ends);
  const values = oneAhead(source, same);
  await values.next();
  expect(calls).toEqual(['next', 'next']);
  await values.return();
});

test('a caller that stops closes the source', async () => {
  const { calls, source } = recorded(3, ends);
  expect(await firstOf(oneAhead(source, same))).toBe(0);
  expect(calls).toEqual(['next', 'next', 'return']);
});

test('a caller that stops does not wait for a read that never ends', async () => {
  const { calls, source } = recorded(1, () => new Promise(() => {}));
  expect(await firstOf(oneAhead(source, same))).toBe(0);
  expect(calls).toEqual(['next', 'next', 'return']);
});

test('a generator that never goes on is not waited for either', async () => {
  async function* source() {
    yield 1;
    await new Promise(() => {});
  }
  expect(await firstOf(oneAhead(source(), same))).toBe(1);
});

test('a source that fails is not closed, one whose value cannot be used is', async () => {
  const failing = recorded(1, () => Promise.reject(new Error('broken source')));
  expect(Array.fromAsync(oneAhead(failing.source, same))).rejects.toThrow('broken source');
  const unusable = recorded(2, ends);
  const use = async (value: number) => {
    if (value === 1) throw new Error('unusable');
    return value;
  };
  const used: number[] = [];
  const all = async () => {
    for await (const value of oneAhead(unusable.source, use)) used.push(value);
  };
  expect(await all().catch((error) => error.message)).toBe('unusable');
  expect(used).toEqual([0]);
  expect(failing.calls).toEqual(['next', 'next']);
  expect(unusable.calls).toEqual(['next', 'next', 'return']);
});

test('arrays and generators are sources, and are closed', async () => {
  expect(await Array.fromAsync(oneAhead([1, 2], same))).toEqual([1, 2]);
  let closed = false;
  function* numbers() {
    try {
      yield 1;
      yield 2;
    } finally {
      closed = true;
    }
  }
  expect(await firstOf(oneAhead(numbers(), same))).toBe(1);
  expect(closed).toBe(true);
});
