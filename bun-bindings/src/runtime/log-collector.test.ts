import { afterEach, expect, test } from 'bun:test';
import type { Logger } from '@temporalio/common';
import { LogCollector } from './log-collector.ts';
import { DefaultLogger, type LogEntry, LogTimestamp } from './logger.ts';

const collectors: LogCollector[] = [];

afterEach(() => {
  for (const collector of collectors.splice(0)) collector.close();
});

function collect(onLine: (line: LogEntry) => void = () => {}) {
  const lines: LogEntry[] = [];
  const downstream = new DefaultLogger('TRACE', (line) => {
    lines.push(line);
    onLine(line);
  });
  const collector = new LogCollector(downstream);
  collectors.push(collector);
  return { collector, messages: () => lines.map(({ message }) => message), lines };
}

const line = (message: string, timestampNanos: bigint): LogEntry => ({ level: 'INFO', message, timestampNanos });

/** A time that is not over while a test runs. */
const later = BigInt(Date.now() + 3_600_000) * 1_000_000n;

test('lines are handed on in the order of their time, those of one time in the order in which they came', () => {
  const { collector, messages } = collect();
  for (const [message, time] of [
    ['third', 3n],
    ['first', 1n],
    ['fourth', 3n],
    ['second', 2n],
  ] as const) {
    collector.add(line(message, later + time));
  }
  expect(messages()).toEqual([]);
  collector.flush();
  expect(messages()).toEqual(['first', 'second', 'third', 'fourth']);
});

test('lines that are old enough are handed on, the others wait', async () => {
  const arrived = Promise.withResolvers<void>();
  const { collector, messages } = collect(() => arrived.resolve());
  collector.add(line('of the future', later));
  collector.add(line('old', 1n));
  await arrived.promise;
  expect(messages()).toEqual(['old']);
});

test('its logger keeps the level, the attributes and the time', () => {
  const { collector, lines } = collect();
  collector.logger.trace('hello', { some: 'attribute', [LogTimestamp]: 5n });
  collector.flush();
  expect(lines).toEqual([{ level: 'TRACE', message: 'hello', timestampNanos: 5n, meta: { some: 'attribute' } }]);
});

test('at most 2,000 lines wait', () => {
  const { collector, messages } = collect();
  for (let index = 0; index < 2002; index++) collector.add(line(`${index}`, later - BigInt(index)));
  expect(messages()).toEqual(['2000', '2001']);
});

test('a logger that throws does not keep other lines', () => {
  const { collector, messages } = collect(({ message }) => {
    if (message === 'bad') throw new Error('no');
  });
  collector.add(line('bad', 1n));
  collector.add(line('good', 2n));
  collector.flush();
  expect(messages()).toEqual(['bad', 'good']);
});

test('once it is closed, lines are handed on as they come', () => {
  const { collector, messages } = collect();
  collector.add(line('waits', later));
  collector.close();
  (collector.logger satisfies Logger).info('at once');
  expect(messages()).toEqual(['waits', 'at once']);
});
