import { expect, test } from 'bun:test';
import { runInNewContext } from 'node:vm';
import { fromPosted, toPosted } from './posted-error.ts';

/** Returns the error as another thread receives it. */
function post(value: unknown): unknown {
  return fromPosted(structuredClone(toPosted(value)));
}

class ActivityFailure extends Error {
  override readonly name = 'ActivityFailure';
  constructor(
    message: string,
    readonly activityType: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

test('an error keeps its name, its cause and its fields on the way to another thread', () => {
  const failed = new ActivityFailure('Activity task failed', 'pay', { cause: new RangeError('too much') });
  const { error, attempt } = post({ error: failed, attempt: 2 }) as { error: ActivityFailure; attempt: number };
  expect(attempt).toBe(2);
  expect(error).toBeInstanceOf(Error);
  expect([error.name, error.message, error.activityType]).toEqual(['ActivityFailure', 'Activity task failed', 'pay']);
  expect(error.stack).toBe(failed.stack as string);
  expect(String(error.cause)).toBe('RangeError: too much');
});

test('an error of another realm is one as well, and its causes may form a circle', () => {
  const foreign = runInNewContext('const e = new TypeError("foreign"); e.cause = e; e');
  expect(String((post(foreign) as Error).cause)).toBe('TypeError: foreign');
});

test('other values are what they are', () => {
  for (const value of [undefined, null, 1, 'text', [1, { a: 2 }], new Date(0)]) expect(post(value)).toEqual(value);
});
