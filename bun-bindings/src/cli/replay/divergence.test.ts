import { expect, test } from 'bun:test';
import type { CodePlaces, PlacedCommand } from '../../workflow/sandbox/inside/code-places.ts';
import { divergenceOf } from './divergence.ts';

/** A workflow task that ended with event 4, and asked for an activity, a timer, a patch and a child. */
const task = { workflowTaskCompletedEventId: '4' };
const history = {
  events: [
    { eventId: '4', workflowTaskCompletedEventAttributes: {} },
    { eventId: '5', activityTaskScheduledEventAttributes: { ...task, activityType: { name: 'charge' } } },
    { eventId: '6', timerStartedEventAttributes: task },
    { eventId: '7', markerRecordedEventAttributes: { ...task, markerName: 'core_patch' } },
    {
      eventId: '8',
      upsertWorkflowSearchAttributesEventAttributes: {
        ...task,
        searchAttributes: { indexedFields: { TemporalChangeVersion: {} } },
      },
    },
    {
      eventId: '9',
      startChildWorkflowExecutionInitiatedEventAttributes: { ...task, workflowType: { name: 'ship' } },
    },
    { eventId: '12', timerStartedEventAttributes: { workflowTaskCompletedEventId: '11' } },
  ],
};
const commands: PlacedCommand[] = [
  { type: 'scheduleActivity', name: 'charge', place: 'order.ts:1:1' },
  { type: 'startTimer', place: 'order.ts:2:1' },
  { type: 'setPatchMarker', name: 'patch', place: 'order.ts:3:1' },
  { type: 'startChildWorkflowExecution', name: 'ship', place: 'order.ts:4:1' },
];
const places: CodePlaces = { taskCompletedEventId: 4, commands, waits: ['order.ts:9:1'] };

test('the command in the place of the event that core names', () => {
  const message = 'Child machine does not handle this event: HistoryEvent(id: 6, TimerStarted)';
  expect(divergenceOf(history, message, places)).toEqual({
    event: { id: 6, type: 'TimerStarted' },
    command: { type: 'startTimer', name: undefined },
    place: 'order.ts:2:1',
  });
});

test('an event that core does not name is the first that does not fit, by its kind or its name', () => {
  const other = { ...places, commands: commands.with(3, { type: 'startChildWorkflowExecution', name: 'send' }) };
  expect(divergenceOf(history, 'types do not match', other)).toMatchObject({
    event: { id: 9, type: 'StartChildWorkflowExecutionInitiated' },
    command: { name: 'send' },
  });
  expect(divergenceOf(history, '', { ...places, commands: commands.slice(1) })).toMatchObject({
    event: { id: 5, type: 'ActivityTaskScheduled' },
    command: { type: 'startTimer' },
  });
});

test('code that asks for nothing is where it waits', () => {
  const message = 'No command scheduled for event HistoryEvent(id: 12, TimerStarted)';
  expect(divergenceOf(history, message, places)).toEqual({
    event: { id: 12, type: 'TimerStarted' },
    place: 'order.ts:9:1',
  });
});

test('a command without an event in its own task meets one of a later task', () => {
  const message = 'Timer machine does not handle this event: HistoryEvent(id: 12, TimerStarted)';
  const more = { ...places, commands: [...commands, { type: 'startTimer', place: 'order.ts:5:1' }] };
  expect(divergenceOf(history, message, more)).toMatchObject({ event: { id: 12 }, place: 'order.ts:5:1' });
});

test('code that fails its task is where it has thrown, and without places there is the event alone', () => {
  expect(divergenceOf(history, 'oops', { ...places, failure: 'order.ts:7:1' })).toEqual({ place: 'order.ts:7:1' });
  expect(divergenceOf(history, 'HistoryEvent(id: 6, TimerStarted)', undefined)).toEqual({
    event: { id: 6, type: 'TimerStarted' },
  });
});
