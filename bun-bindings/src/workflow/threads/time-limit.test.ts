import { expect, test } from 'bun:test';
import { AsyncLocalStorage } from 'node:async_hooks';
import { callWithin, TimeLimitError } from './time-limit.ts';

test.each([
  [
    'a loop',
    () => {
      for (;;);
    },
  ],
  ['a wait on shared memory', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)],
  [
    'code that catches everything',
    () => {
      try {
        for (;;);
      } catch {
        return 'caught';
      }
    },
  ],
])('%s is interrupted', (_what, call) => {
  expect(() => callWithin(50, call)).toThrow(new TimeLimitError('It was interrupted after 50 ms'));
});

test('a function that ends in time gives its value, or its own error', () => {
  const error = new RangeError('its own');
  expect(callWithin(10_000, () => 7)).toBe(7);
  expect(() =>
    callWithin(10_000, () => {
      throw error;
    }),
  ).toThrow(error);
});

test('a store that an interrupted function has entered is left', () => {
  const storage = new AsyncLocalStorage<string>();
  const enter = () =>
    storage.run('inside', () => {
      for (;;);
    });
  storage.run('outside', () => {
    expect(() => callWithin(50, enter)).toThrow(TimeLimitError);
    expect(storage.getStore()).toBe('outside');
  });
});
