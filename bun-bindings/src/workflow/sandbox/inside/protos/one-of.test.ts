import { expect, test } from 'bun:test';
import { oneOfGetter, oneOfSetter } from './one-of.ts';

test('one of some fields is set, and the others go when it changes', () => {
  const fields = ['first', 'second', 'third'];
  const message: Record<string, unknown> & { kind?: string } = {};
  Object.defineProperty(message, 'kind', { get: oneOfGetter(fields), set: oneOfSetter(fields) });
  expect(message.kind).toBeUndefined();
  message.second = 0;
  message.other = 'other';
  message.kind = 'second';
  expect(message.kind).toBe('second');
  expect(message).toEqual({ second: 0, other: 'other' });
  message.third = {};
  message.kind = 'third';
  expect(message.kind).toBe('third');
  expect(message).toEqual({ third: {}, other: 'other' });
  message.kind = undefined;
  expect(message.kind).toBeUndefined();
});
