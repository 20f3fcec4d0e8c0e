import { expect, test } from 'bun:test';
import { cloneWhatCanBe } from './clonable.ts';

const circle: Record<string, unknown> = { send() {} };
circle.self = circle;

test.each<[string, unknown, unknown]>([
  [
    'a value that can be cloned',
    { at: new Date(5), map: new Map([[1, 2n]]) },
    { at: new Date(5), map: new Map([[1, 2n]]) },
  ],
  ['a function', function send() {}, '[Function: send]'],
  ['a symbol', Symbol('s'), 'Symbol(s)'],
  [
    'fields that cannot be',
    { n: 1, deep: [{ send() {} }, Symbol('s')] },
    { n: 1, deep: [{ send: '[Function: send]' }, 'Symbol(s)'] },
  ],
  ['a proxy', new Proxy({ n: 1, send() {} }, {}), { n: 1, send: '[Function: send]' }],
  ['a promise', { promise: Promise.resolve() }, { promise: '[object Promise]' }],
  ['a weak map', new WeakMap(), '[object WeakMap]'],
  ['a map of functions', new Map([[1, () => 1]]), '[object Map]'],
  [
    'a getter that throws',
    {
      n: 1,
      get bad() {
        throw new Error('no');
      },
    },
    { n: 1, bad: '[a getter that throws]' },
  ],
  [
    'a proxy that throws',
    new Proxy(
      {},
      {
        ownKeys() {
          throw new Error('no');
        },
        get() {
          throw new Error('no');
        },
      },
    ),
    '[an object that cannot be shown]',
  ],
])('%s is copied, with text for what cannot be', (_, value, copy) => {
  expect(cloneWhatCanBe(value)).toEqual(copy);
});

test('circles end', () => {
  expect(JSON.stringify(cloneWhatCanBe(circle)).match(/self/g)).toHaveLength(4);
});
