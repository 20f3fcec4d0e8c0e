import { expect, test } from 'bun:test';
import { whileItMoves } from './while-it-moves.ts';

const noPause = () => Promise.resolve();
const never = new Promise<never>(() => {});

test('what is seen twice in a row is the error of a promise that does not settle', async () => {
  const seen = ['one', 'two', 'one', 'two', 'two', 'three'].values();
  const look = async () => seen.next().value ?? 'nothing';
  await expect(whileItMoves(never, look, noPause)).rejects.toThrow('two');
  expect(seen.next().value).toBe('three');
});

test('a promise that settles is what counts, and ends the looking', async () => {
  for (const promise of [Promise.resolve('done'), Promise.reject(new Error('failed'))]) {
    let signal: AbortSignal | undefined;
    const pause = (over: AbortSignal) => {
      signal = over;
      return never;
    };
    const outcome = whileItMoves(promise, async () => 'the same', pause);
    expect(await outcome.catch((error) => error.message)).toBe(await promise.catch((error) => error.message));
    expect(signal?.aborted).toBe(true);
  }
});
