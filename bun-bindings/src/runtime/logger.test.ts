import { expect, spyOn, test } from 'bun:test';
import type { LogLevel } from '@temporalio/common';
import { DefaultLogger, type LogEntry, LogTimestamp } from './logger.ts';

const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'] as const;

/** Returns the entries that a logger of a level hands to its function. */
function logged(level: LogLevel | undefined, log: (logger: DefaultLogger) => void): LogEntry[] {
  const entries: LogEntry[] = [];
  log(new DefaultLogger(level, (entry) => entries.push(entry)));
  return entries;
}

test.each(levels.map((level, index) => [level, levels.slice(index)] as const))('%s and above', (level, expected) => {
  const entries = logged(level, (logger) => {
    logger.trace('line');
    logger.debug('line');
    logger.info('line');
    logger.warn('line');
    logger.error('line');
  });
  expect(entries.map((entry) => entry.level)).toEqual([...expected]);
});

test('INFO is the default level', () => {
  expect(new DefaultLogger().level).toBe('INFO');
  const entries = logged(undefined, (logger) => {
    for (const level of levels) logger.log(level, 'line');
  });
  expect(entries).toHaveLength(3);
});

test('its function gets the message, the attributes and the time', () => {
  const before = BigInt(Date.now()) * 1_000_000n;
  const [plain, rich] = logged('INFO', (logger) => {
    logger.info('plain');
    logger.warn('rich', { some: 'attribute', [LogTimestamp]: 5n });
  });
  expect(plain).toMatchObject({ level: 'INFO', message: 'plain', meta: undefined });
  expect(plain?.timestampNanos).toBeGreaterThanOrEqual(before);
  expect(rich).toEqual({ level: 'WARN', message: 'rich', meta: { some: 'attribute' }, timestampNanos: 5n });
});

test('without a function lines go to stderr', () => {
  const write = spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    new DefaultLogger().warn('beware', { of: 'the dog', [LogTimestamp]: 1_000_000n });
    expect(write.mock.calls[0]?.[0]).toMatch(/^1970-01-01T00:00:00.001Z \[WARN\] beware \{ of: .*the dog.* \}\n$/);
  } finally {
    write.mockRestore();
  }
});
