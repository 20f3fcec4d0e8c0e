import { describe, expect, test } from 'bun:test';
import nodeAssert from 'node:assert';
import { assert } from './assert.ts';

type Assert = Record<string, (...args: unknown[]) => unknown> & { strict: Assert };

const boom =
  (error: unknown = new RangeError('boom')) =>
  (): never => {
    throw error;
  };

/** Arguments of each assertion. Those of `ours` and of Bun's must pass, or fail alike. */
const CALLS: Record<string, unknown[][]> = {
  ok: [[], [1], [0], [null], ['', 'my words'], [false, new TypeError('mine')]],
  equal: [[1], [1, '1'], [1, 2], [NaN, NaN], [1, 2, new TypeError('mine')], [{}, {}]],
  notEqual: [
    [1, 1],
    [1, '1'],
    [1, 2],
  ],
  strictEqual: [
    [1, 1],
    [1, 2],
    [0, -0],
    ['a b', 'c\nd'],
    [{ a: 1 }, { a: 1 }],
    [{ a: 1 }, { a: 2 }],
    [1n, 1],
    [Symbol.iterator, undefined],
    [123_456_789, 987_654_321],
    [[], {}],
    [{}, 1],
  ],
  notStrictEqual: [
    [1, 1],
    [NaN, NaN],
    [1, 2],
    [{}, {}],
  ],
  deepEqual: [
    [{ a: [1] }, { a: [2] }],
    [[], {}],
    [new Map([[1, 'x']]), new Map([[1, 'y']])],
    [new Date(0), new Date(1)],
  ],
  notDeepEqual: [
    [{ a: 1 }, { a: 1 }],
    [{ a: 1 }, { a: 2 }],
    [1, 1],
  ],
  deepStrictEqual: [
    [
      { a: 1, b: 2, c: [1, 2] },
      { a: 1, b: 3, c: [1, 2] },
    ],
    [
      [1, 2, 3],
      [1, 2],
    ],
    [
      [1, 2],
      [1, 2, 3],
    ],
    [{ a: 1 }, { a: '1' }],
    [
      { b: 1, a: 2 },
      { a: 2, b: 1 },
    ],
    [/x/g, /x/g],
    [
      [1, [2, [3]]],
      [1, [2, [3]]],
    ],
    [new Uint8Array([1]), new Uint8Array([1])],
  ],
  notDeepStrictEqual: [
    [{ a: 1 }, { a: 1 }],
    [1, 1],
    [{ a: 1 }, { a: '1' }],
  ],
  throws: [
    [undefined],
    [() => {}],
    [() => {}, TypeError],
    [() => {}, 'my words'],
    [() => {}, 1],
    [boom()],
    [boom(), RangeError],
    [boom(), TypeError],
    [boom(1), TypeError],
    [boom(), /boom/],
    [boom(), /x/],
    [boom(), /x/, 'my words'],
    [boom(), { message: 'boom', name: 'RangeError' }],
    [boom(), { message: /bo+m/ }],
    [boom(), { message: 'bam' }],
    [boom(), new RangeError('boom')],
    [boom(), new RangeError('bam')],
    [boom(), () => true],
    [boom(), () => false],
    [boom(), function isGood(): void {}],
    [boom(), {}],
    [boom(1), { a: 1 }],
    [boom(), 'boom'],
    [boom(), 'my words'],
  ],
  doesNotThrow: [[() => {}], [boom()], [boom(), 'my words'], [boom(), RangeError], [boom(), TypeError], [1]],
  match: [
    ['abc', /b/],
    ['abc', /x/],
    [1, /x/],
    ['a', 'x'],
    ['abc', /x/, 'my words'],
  ],
  doesNotMatch: [
    ['abc', /b/],
    ['abc', /x/],
    [1, /x/],
  ],
  ifError: [[null], [undefined], ['an error'], [0], [new Error('inner')], [new TypeError('')]],
  fail: [[], ['my words'], [new TypeError('mine')]],
  rejects: [
    [async () => {}],
    [async () => {}, TypeError],
    [5],
    [() => 5],
    [boom()],
    [async () => boom()(), RangeError],
    [async () => boom()(), TypeError],
    [async () => boom()(), { message: 'bam' }],
  ],
  doesNotReject: [[async () => {}], [async () => boom()()], [5]],
};

/** How a call ends, as far as a caller can see. */
async function endOf(call: () => unknown): Promise<unknown> {
  try {
    return { result: await call() };
  } catch (error) {
    const { name, message, code, operator, generatedMessage, actual, expected } = error as nodeAssert.AssertionError;
    const sides = name === 'AssertionError' ? { actual, expected } : {};
    return { name, message, code, operator, generatedMessage, ...sides };
  }
}

describe.each([
  ['assert', assert as unknown as Assert, nodeAssert as unknown as Assert],
  ['assert.strict', assert.strict as Assert, nodeAssert.strict as unknown as Assert],
])('%s passes and fails as the one of node:assert', (_title, ours, theirs) => {
  test.each(Object.entries(CALLS))('%s', async (name, calls) => {
    for (const args of calls) {
      const expected = await endOf(() => theirs[name]?.(...args));
      expect({ args, end: await endOf(() => ours[name]?.(...args)) }).toEqual({ args, end: expected });
    }
  });
});

test('both forms call `ok`', () => {
  expect(() => (assert as unknown as (value: unknown) => void)(0)).toThrow('0 == true');
  expect(() => (assert.strict as (value: unknown) => void)(0)).toThrow('0 == true');
});

// Node compares what is inside of objects by `==` too, Bun does not.
test.each([
  [{ a: [1] }, { a: ['1'] }],
  [new Map([[1, 'x']]), new Map([['1', 'x']])],
  [{ a: 1 }, Object.assign(Object.create({}), { a: 1 })],
  [{ [Symbol.iterator]: 1 }, {}],
  [new Set([1, { a: 1 }]), new Set([1, { a: '1' }])],
  [
    [Number.NaN, null],
    [Number.NaN, undefined],
  ],
])('`deepEqual` compares loosely as on Node: %p and %p', (actual, expected) => {
  const { deepEqual, notDeepEqual, deepStrictEqual } = assert as unknown as Assert;
  expect(() => deepEqual?.(actual, expected)).not.toThrow();
  expect(() => notDeepEqual?.(actual, expected)).toThrow('not to be loosely deep-equal');
  expect(() => deepStrictEqual?.(actual, expected)).toThrow(/to be strictly deep-equal|have same structure/);
});
