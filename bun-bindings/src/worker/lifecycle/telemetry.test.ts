import { expect, test } from 'bun:test';
import { RecordingLogger } from '../../../tests/support/recording-logger.ts';
import { DefaultLogger } from '../../runtime/index.ts';
import { debugEnabled } from './telemetry.ts';

class Own extends DefaultLogger {}

test.each([
  ['the default logger', new DefaultLogger(), false],
  ['the default logger of level WARN', new DefaultLogger('WARN'), false],
  ['the default logger of level DEBUG', new DefaultLogger('DEBUG'), true],
  ['the default logger of level TRACE', new DefaultLogger('TRACE'), true],
  ['a class of its own', new Own(), true],
  ['another logger', new RecordingLogger(), true],
])('lines of level DEBUG go nowhere only if that is known: %s', (_, logger, expected) => {
  expect(debugEnabled(logger)).toBe(expected);
});
