import { expect, test } from 'bun:test';
import { DeterminismViolationError } from '@temporalio/workflow';
import { junitReport, outcomeOf } from './replay-report.ts';

test('a replay that fits is ok, and one that fails keeps its message', () => {
  expect(outcomeOf('a.json', 'a', undefined)).toEqual({ source: 'a.json', workflowId: 'a', result: 'ok' });
  expect(outcomeOf('a.json', 'a', new Error('no such workflow'))).toMatchObject({
    result: 'failed',
    message: 'no such workflow',
    event: undefined,
  });
});

test('nondeterminism names the event that the code does not fit', () => {
  const error = new DeterminismViolationError(
    'Details: [TMPRL1100] Activity machine does not handle this event: HistoryEvent(id: 5, TimerStarted)',
  );
  expect(outcomeOf('a.json', 'a', error)).toMatchObject({
    result: 'nondeterminism',
    event: { id: 5, type: 'TimerStarted' },
  });
});

test('a JUnit report counts failures, and escapes what XML cannot hold', () => {
  const report = junitReport([
    outcomeOf('fits.json', 'fits', undefined),
    outcomeOf('<odd>.json', 'odd', new Error('"a" & b\u0001')),
  ]);
  expect(report).toContain('<testsuites tests="2" failures="1">');
  expect(report).toContain('<testcase classname="replay" name="fits.json"/>');
  expect(report).toContain('name="&lt;odd&gt;.json"><failure type="failed" message="&quot;a&quot; &amp; b\uFFFD"/>');
});
