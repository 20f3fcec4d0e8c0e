import { expect, test } from 'bun:test';
import { logEntryOf } from './core-log.ts';

test('fields of core have names of the SDK', () => {
  const fields = {
    task_queue: 'q',
    run_id: 'r',
    has_legacy_query: false,
    a__B_cd: { in_it: 1 },
    plain: 2,
    otherCase: 3,
  };
  expect(
    logEntryOf({ level: 'WARN', message: 'hello', target: 'core', timestampMs: 5, fields, spans: ['poll_it'] }),
  ).toEqual({
    level: 'WARN',
    message: 'hello',
    timestampNanos: 5_000_000n,
    meta: {
      sdkComponent: 'core',
      target: 'core',
      spanContexts: ['poll_it'],
      taskQueue: 'q',
      runId: 'r',
      hasLegacyQuery: false,
      aBCd: { in_it: 1 },
      plain: 2,
      otherCase: 3,
    },
  });
});
