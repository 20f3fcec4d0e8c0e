import { expect, test } from 'bun:test';
import type { WorkflowStartOptions } from '@temporalio/client';
import { optionalTsToDate } from '@temporalio/common/lib/time';
import Long from 'long';
import { reportBy } from '../fixtures/commands/activities.ts';
import * as workflows from '../fixtures/commands/information.ts';
import { attributesOf, start } from '../support/observe.ts';
import type { RunningWorker } from '../support/test-worker.ts';

export function informationTests(worker: RunningWorker): void {
  test('of a workflow without options', async () => {
    const handle = await start(worker, workflows.knowsItself, []);
    const info: unknown = await handle.result();
    const runId = handle.firstExecutionRunId;
    const [firstTask] = await attributesOf(handle, 'workflowTaskStartedEventAttributes');
    const buildId = firstTask?.workerVersion?.buildId;
    expect(info).toEqual({
      workflowId: handle.workflowId,
      runId,
      workflowType: 'knowsItself',
      searchAttributes: {},
      typedSearchAttributes: [],
      memo: {},
      taskQueue: worker.taskQueue,
      namespace: 'default',
      firstExecutionRunId: runId,
      originalExecutionRunId: runId,
      startTime: expect.any(String),
      runStartTime: expect.any(String),
      taskTimeoutMs: 10_000,
      attempt: 1,
      historyLength: 3,
      historySize: Number(firstTask?.historySizeBytes),
      continueAsNewSuggested: false,
      targetWorkerDeploymentVersionChanged: false,
      currentBuildId: buildId,
      currentDeploymentVersion: { buildId, deploymentName: '' },
      priority: {},
      unsafe: { isReplaying: false, isReplayingHistoryEvents: false },
    });
    expect(new Date((info as { startTime: string }).startTime)).toEqual((await handle.describe()).startTime);
  });

  test('of a workflow with options', async () => {
    const options: Partial<WorkflowStartOptions> = {
      workflowExecutionTimeout: '3 minutes',
      workflowRunTimeout: '2 minutes',
      workflowTaskTimeout: '7s',
      retry: {
        initialInterval: 1000,
        backoffCoefficient: 3,
        maximumInterval: 9000,
        maximumAttempts: 4,
        nonRetryableErrorTypes: ['X'],
      },
      priority: { priorityKey: 4 },
    };
    const handle = await start(worker, workflows.knowsItself, [], options);
    const { executionExpirationTime, ...info } = await handle.result();
    expect(info).toMatchObject({
      executionTimeoutMs: 180_000,
      runTimeoutMs: 120_000,
      taskTimeoutMs: 7000,
      retryPolicy: options.retry,
      priority: options.priority,
    });
    const [started] = await attributesOf(handle, 'workflowExecutionStartedEventAttributes');
    expect(new Date(`${executionExpirationTime}`)).toEqual(
      optionalTsToDate(started?.workflowExecutionExpirationTime) as Date,
    );
  });

  test('of a family', async () => {
    const handle = await start(worker, workflows.generations, [3]);
    const [first, second, third] = await handle.result();
    const root = { workflowId: handle.workflowId, runId: handle.firstExecutionRunId };
    expect([first?.parent, first?.root]).toEqual([undefined, undefined]);
    expect(second).toMatchObject({ parent: { ...root, namespace: 'default' }, root });
    const parent = { workflowId: second?.workflowId, runId: second?.runId, namespace: 'default' };
    expect(third).toMatchObject({ parent, root });
  });

  test('changes with each task', async () => {
    const handle = await start(worker, workflows.tasks, []);
    const seen = await handle.result();
    const { events = [] } = await handle.fetchHistory();
    const tasks = (events ?? []).flatMap(({ eventId, eventTime, workflowTaskStartedEventAttributes: task }) => {
      if (task == null) return [];
      const time = Number(eventTime?.seconds) * 1000 + Math.trunc(Number(eventTime?.nanos) / 1e6);
      return [[Number(eventId), Number(task.historySizeBytes), time]];
    });
    expect(seen).toEqual(tasks as typeof seen);
  });

  test('is there for queries', async () => {
    const handle = await start(worker, workflows.showsItself, []);
    expect(await handle.query(workflows.info)).toMatchObject({
      runId: handle.firstExecutionRunId,
      historyLength: 3,
      unsafe: { isReplaying: true, isReplayingHistoryEvents: false },
    });
    await handle.signal(workflows.growUp);
    expect(await handle.result()).toMatchObject({ historyLength: 7 });
  });

  test('of a second attempt has the failure of the first', async () => {
    const retry = { initialInterval: 1, maximumAttempts: 2 };
    const handle = await start(worker, workflows.secondAttempt, [], { retry });
    expect(await handle.result()).toMatchObject({ attempt: 2, lastFailure: 'first attempt', retryPolicy: retry });
  });

  test('of a cron job has the last result and the last failure', async () => {
    const handle = await start(worker, workflows.cronJob, [], { cronSchedule: '@every 1s' });
    expect(await reportBy(handle.workflowId)).toEqual({
      lastResult: 'first result',
      lastFailure: 'second failure',
      cronSchedule: '@every 1s',
      cronScheduleToScheduleInterval: 1000,
      attempt: 1,
    });
    await worker.client.workflow.getHandle(handle.workflowId).terminate();
  });

  test('of a workflow that was reset has both run ids, and new random numbers', async () => {
    const first = await start(worker, workflows.gambles, []);
    await first.signal(workflows.growUp);
    const before = await first.result();
    const { runId } = await worker.client.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: first.workflowId, runId: first.firstExecutionRunId },
      reason: 'a test',
      workflowTaskFinishEventId: Long.fromNumber(4),
      requestId: crypto.randomUUID(),
    });
    const second = worker.client.workflow.getHandle<typeof workflows.gambles>(first.workflowId, runId);
    await second.signal(workflows.growUp);
    const after = await second.result();
    expect([before.run, before.original]).toEqual([first.firstExecutionRunId, first.firstExecutionRunId]);
    expect([after.run, after.original]).toEqual([runId, first.firstExecutionRunId]);
    expect(after.draws).not.toEqual(before.draws);
  });
}
