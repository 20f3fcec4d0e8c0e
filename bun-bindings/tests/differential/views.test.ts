import { expect, test } from 'bun:test';
import { temporal } from '@temporalio/proto';
import { viewsOf } from './views.ts';

const { EventType } = temporal.api.enums.v1;
const { History } = temporal.api.history.v1;

type Event = temporal.api.history.v1.IHistoryEvent;

const started: Event = {
  eventType: EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
  workflowExecutionStartedEventAttributes: {},
};
const scheduled: Event = {
  eventType: EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
  workflowTaskScheduledEventAttributes: {},
};
const timedOut: Event = {
  eventType: EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT,
  workflowTaskTimedOutEventAttributes: {},
};
const timer = (timerId: string, taskId: number): Event => ({
  eventType: EventType.EVENT_TYPE_TIMER_STARTED,
  timerStartedEventAttributes: { timerId, workflowTaskCompletedEventId: taskId as never },
});
const fired = (timerId: string, startedEventId: number): Event => ({
  eventType: EventType.EVENT_TYPE_TIMER_FIRED,
  timerFiredEventAttributes: { timerId, startedEventId: startedEventId as never },
});

function viewsOfEvents(events: Event[]) {
  const numbered = events.map((event, index) => ({ ...event, eventId: (index + 1) as never }));
  return viewsOf([{ workflowId: 'w', runId: 'r', history: History.create({ events: numbered }) }]);
}

test('the order of events does not tell how often a workflow task was tried, all events do', () => {
  const once = viewsOfEvents([started, scheduled, timer('1', 2), timer('2', 2), fired('1', 3)]);
  const twice = viewsOfEvents([started, scheduled, timedOut, scheduled, timer('1', 4), timer('2', 4), fired('1', 5)]);
  expect(twice.order).toEqual(once.order);
  expect(twice.everything).not.toEqual(once.everything);
});

test('the order of events tells which one another is about, the facts tell it by its subject', () => {
  const first = viewsOfEvents([started, scheduled, timer('1', 2), timer('2', 2), fired('1', 3)]);
  const second = viewsOfEvents([started, scheduled, timer('1', 2), timer('2', 2), fired('1', 4)]);
  expect(first.order).not.toEqual(second.order);
  expect(first.facts).toEqual(second.facts);
});
