import { describe, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { temporal } from '@temporalio/proto';
import { SeededRandom } from '../determinism/seeded-random.ts';
import { Effects } from './effects.ts';
import { planFaults } from './faults.ts';
import { failedTasks, hasOutlivedWorker, wrongEffects } from './oracle.ts';

type Event = temporal.api.history.v1.IHistoryEvent;
const { WorkflowTaskFailedCause } = temporal.api.enums.v1;

const recordingOf = (...events: Event[]) => ({
  workflowId: 'workflow',
  runId: 'run',
  history: temporal.api.history.v1.History.fromObject({ events }),
});

const taskFailure = (cause: number, message: string): Event => ({
  eventId: 4 as never,
  workflowTaskFailedEventAttributes: { cause, failure: { message }, identity: '7@host' },
});

describe('failed workflow tasks', () => {
  test('that are not deterministic are found', () => {
    const { WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR: cause } = WorkflowTaskFailedCause;
    expect(failedTasks(recordingOf(taskFailure(cause, 'another way')))).toEqual([
      'workflow, event 4: a workflow task of 7@host failed, WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR: another way',
    ]);
  });

  test('of a thread that was ended are not', () => {
    const { WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE: cause } = WorkflowTaskFailedCause;
    const message = 'The workflow thread that held this run went away';
    expect(failedTasks(recordingOf(taskFailure(cause, message)))).toEqual([]);
    expect(failedTasks(recordingOf(taskFailure(cause, 'any other')))).toHaveLength(1);
  });
});

describe('activities', () => {
  const scheduled: Event = { eventId: 5 as never, activityTaskScheduledEventAttributes: { activityId: '1' } };
  const completed: Event = { activityTaskCompletedEventAttributes: { scheduledEventId: 5 as never } };
  const timedOut: Event = { activityTaskTimedOutEventAttributes: { scheduledEventId: 5 as never } };

  test('that were completed without their effect, or ended twice, are found', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'effects-'));
    {
      using effects = new Effects(join(folder, 'effects.sqlite'));
      expect(wrongEffects(recordingOf(scheduled, completed), effects)).toEqual([
        'workflow: activity 1 was completed without its effect',
      ]);
      const tell = () =>
        fetch(effects.url, { method: 'POST', body: JSON.stringify({ runId: 'run', activityId: '1' }) });
      await tell();
      await tell();
      expect(effects.times({ runId: 'run', activityId: '1' })).toBe(2);
      expect(wrongEffects(recordingOf(scheduled, completed), effects)).toEqual([]);
      expect(wrongEffects(recordingOf(scheduled, timedOut, completed), effects)).toEqual([
        'workflow: activity 1 ended 2 times',
      ]);
    }
    await rm(folder, { recursive: true });
  });
});

test('a seed decides all faults', () => {
  const plan = (seed: number) => planFaults(new SeededRandom(seed), 60_000, 4);
  expect(plan(1)).toEqual(plan(1));
  expect(plan(1)).not.toEqual(plan(2));
});

test('an activity that was to be cancelled and has timed out is told from other timeouts', () => {
  const timeout = { activityTaskTimedOutEventAttributes: { scheduledEventId: 7 as never } };
  const cancelRequest = (scheduledEventId: number) => ({
    activityTaskCancelRequestedEventAttributes: { scheduledEventId: scheduledEventId as never },
  });
  expect(hasOutlivedWorker(recordingOf(cancelRequest(7), timeout))).toBe(true);
  expect(hasOutlivedWorker(recordingOf(cancelRequest(8), timeout))).toBe(false);
  expect(hasOutlivedWorker(recordingOf(timeout))).toBe(false);
});
