import { describe, expect, test } from 'bun:test';
import { runInNewContext } from 'node:vm';
import type { LogEntry } from './log-entry.ts';
import { formatLine } from './log-format.ts';

/** Writes a line with these fields as JSON, and reads it. */
function asJson(meta: LogEntry['meta'], message = 'hello'): Record<string, unknown> {
  const line = formatLine({ level: 'INFO', message, timestampNanos: 1_000_000n, meta }, 'json', true);
  expect(line).not.toContain('\n');
  return JSON.parse(line);
}

describe('json', () => {
  test('a line has its time, level, message and fields', () => {
    expect(asJson({ workflowId: 'w', attempt: 2 }, 'two\nlines')).toEqual({
      time: '1970-01-01T00:00:00.001Z',
      level: 'INFO',
      message: 'two\nlines',
      workflowId: 'w',
      attempt: 2,
    });
  });

  test('a field never takes the place of the message', () => {
    expect(asJson({ message: 'mine', level: 5, time: 'now' })).toMatchObject({
      message: 'hello',
      message_: 'mine',
      level: 'INFO',
      level_: 5,
      time_: 'now',
    });
  });

  test('an error keeps its cause and its own fields', () => {
    const cause = Object.assign(new TypeError('root'), { code: 'E_ROOT' });
    const error = Object.assign(new Error('outer', { cause }), { details: [1n, { two: 2 }] });
    expect(asJson({ error }).error).toMatchObject({
      name: 'Error',
      message: 'outer',
      stack: expect.stringContaining('log-format.test.ts'),
      cause: { name: 'TypeError', message: 'root', code: 'E_ROOT' },
      details: ['1', { two: 2 }],
    });
    expect(asJson({ error: new AggregateError([new Error('a'), 'b'], 'all') }).error).toMatchObject({
      message: 'all',
      errors: [{ message: 'a' }, 'b'],
    });
    expect(asJson({ error: runInNewContext('new RangeError("far")') }).error).toMatchObject({
      name: 'RangeError',
      message: 'far',
    });
  });

  test('what JSON has no form for is shown', () => {
    const circle: Record<string, unknown> = { name: 'circle' };
    circle.self = circle;
    const shared = { a: 1 };
    const throwing = {
      get bad(): never {
        throw new Error('no');
      },
      good: 1,
    };
    expect(
      asJson({
        big: 12345678901234567890n,
        nothing: undefined,
        not: Number.NaN,
        circle,
        twice: [shared, shared],
        symbol: Symbol('s'),
        fn: function named() {},
        date: new Date(0),
        wrong: new Date(Number.NaN),
        bytes: new Uint8Array([1, 2, 3]),
        map: new Map([['k', new Set([1])]]),
        throwing,
        thrown: { toJSON: () => throwing.bad },
      }),
    ).toMatchObject({
      big: '12345678901234567890',
      not: 'NaN',
      circle: { name: 'circle', self: '[Circular]' },
      twice: [{ a: 1 }, { a: 1 }],
      symbol: 'Symbol(s)',
      fn: '[Function: named]',
      date: '1970-01-01T00:00:00.000Z',
      wrong: 'Invalid Date',
      bytes: 'AQID',
      map: { k: [1] },
      throwing: { bad: '[Unreadable: no]', good: 1 },
      thrown: '[Unreadable: no]',
    });
  });

  test('endless nesting is cut off', () => {
    let deep: object = {};
    for (let level = 0; level < 100_000; level++) deep = { deep };
    expect(JSON.stringify(asJson({ deep }))).toContain('[Too deep]');
  });
});

describe('compact', () => {
  const entry: LogEntry = {
    level: 'WARN',
    message: 'two\nlines',
    timestampNanos: 1_000_000n,
    meta: { workflowId: 'w-1', text: 'a b', none: undefined, error: new Error('bad') },
  };

  test('is one line of fields', () => {
    expect(formatLine(entry, 'compact', false)).toMatch(
      /^1970-01-01T00:00:00.001Z WARN {2}two\\nlines workflowId=w-1 text="a b" error=\{"name":"Error","message":"bad",.*\}$/,
    );
  });

  test('has colours only where they are shown', () => {
    expect(formatLine(entry, 'compact', true)).toContain('\x1b[33mWARN \x1b[39m');
    expect(formatLine(entry, 'compact', false)).not.toContain('\x1b');
  });
});
