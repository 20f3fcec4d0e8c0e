import { expect, test } from 'bun:test';
import { DeterminismViolationError } from '@temporalio/workflow';
import { describeDivergence, junitReport, outcomeOf } from './replay-report.ts';

test('a replay that fits is ok, and one that fails keeps its message', () => {
  expect(outcomeOf('a.json', 'a', undefined)).toEqual({ source: 'a.json', workflowId: 'a', result: 'ok' });
  expect(outcomeOf('a.json', 'a', new Error('no such workflow'))).toMatchObject({
    result: 'failed',
    message: 'no such workflow',
  });
});

test('nondeterminism names event, command and place, with the message of the failure alone', () => {
  const text =
    'Details: Failure { failure: Some(Failure { message: "[TMPRL1100] Not \\"this\\" event", source: "" }) }';
  const divergence = {
    event: { id: 5, type: 'TimerStarted' },
    command: { type: 'scheduleActivity', name: 'charge' },
    place: 'src/order.ts:3:9',
  };
  expect(outcomeOf('a.json', 'a', new DeterminismViolationError(text), divergence)).toEqual({
    source: 'a.json',
    workflowId: 'a',
    result: 'nondeterminism',
    message: '[TMPRL1100] Not "this" event',
    ...divergence,
  });
});

test('a divergence is told in words', () => {
  const event = { id: 5, type: 'TimerStarted' };
  const place = 'src/order.ts:3:9';
  expect(describeDivergence({ event, command: { type: 'scheduleActivity', name: 'charge' }, place })).toEqual([
    'at event 5 (TimerStarted), where the code asks for scheduleActivity charge',
    `at ${place}`,
  ]);
  expect(describeDivergence({ event, place })).toEqual([
    'at event 5 (TimerStarted), for which the code asks for nothing',
    `it waits at ${place}`,
  ]);
  expect(describeDivergence({ event })).toEqual(['at event 5 (TimerStarted)']);
  expect(describeDivergence({ place })).toEqual([`at ${place}`]);
});

test('a JUnit report counts failures, says where they are, and escapes what XML cannot hold', () => {
  const report = junitReport([
    outcomeOf('fits.json', 'fits', undefined),
    outcomeOf('<odd>.json', 'odd', new Error('"a" & b\u0001'), { place: 'src/order.ts:3:9' }),
  ]);
  expect(report).toContain('<testsuites tests="2" failures="1">');
  expect(report).toContain('<testcase classname="replay" name="fits.json"/>');
  expect(report).toContain(
    'name="&lt;odd&gt;.json"><failure type="failed" message="&quot;a&quot; &amp; b\uFFFD">&quot;a&quot; &amp; b\uFFFD&#10;at src/order.ts:3:9</failure>',
  );
});
