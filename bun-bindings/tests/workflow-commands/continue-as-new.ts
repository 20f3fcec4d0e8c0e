import { expect, test } from 'bun:test';
import { WorkflowContinuedAsNewError, type WorkflowStartOptions } from '@temporalio/client';
import type { ContinueAsNewOptions } from '@temporalio/workflow';
import { WorkerRuntime } from '../../src/worker/worker.ts';
import * as workflows from '../fixtures/commands/continuing.ts';
import { colour } from '../fixtures/commands/search-attributes.ts';
import { attributesOf, rejectionOf, start } from '../support/observe.ts';
import type { RunningWorker } from '../support/test-worker.ts';

const workflowsPath = `${import.meta.dir}/../fixtures/commands/index.ts`;

export function continueAsNewTests(worker: RunningWorker): void {
  const given: Partial<WorkflowStartOptions> = {
    memo: { a: 'first memo' },
    typedSearchAttributes: [{ key: colour, value: 'red' }],
    workflowRunTimeout: '10 minutes',
    workflowTaskTimeout: '9s',
    priority: { priorityKey: 2, fairnessKey: 'fair', fairnessWeight: 3 },
  };

  test('keeps what the workflow was started with', async () => {
    const handle = await start(worker, workflows.continuesWithout, [2], given);
    const last = await handle.result();
    expect(last).toEqual({
      arg: 'same',
      workflowType: 'continuesWithout',
      taskQueue: worker.taskQueue,
      continuedFrom: expect.any(String),
      first: handle.firstExecutionRunId,
      memo: given.memo,
      attributes: JSON.parse(JSON.stringify(given.typedSearchAttributes)),
      runTimeoutMs: 600_000,
      taskTimeoutMs: 9000,
      priority: given.priority,
      chainIsOlder: expect.any(Boolean),
    });
    expect(last.continuedFrom).not.toBe(last.first);
  });

  test('replaces it by what is given', async () => {
    const options: ContinueAsNewOptions = {
      memo: { b: ['second', 'memo'] },
      typedSearchAttributes: [{ key: colour, value: 'green' }],
      workflowRunTimeout: '5 minutes',
      workflowTaskTimeout: '4s',
    };
    const handle = await start(worker, workflows.continuesWith, [options], given);
    expect(await handle.result()).toMatchObject({
      arg: 'changed',
      workflowType: 'describesItself',
      continuedFrom: handle.firstExecutionRunId,
      first: handle.firstExecutionRunId,
      memo: options.memo,
      attributes: JSON.parse(JSON.stringify(options.typedSearchAttributes)),
      runTimeoutMs: 300_000,
      taskTimeoutMs: 4000,
      chainIsOlder: true,
    });
  });

  test('takes untyped search attributes too', async () => {
    const handle = await start(worker, workflows.continuesWith, [{ searchAttributes: { [colour.name]: ['blue'] } }]);
    expect(await handle.result()).toMatchObject({ attributes: [{ key: { ...colour }, value: 'blue' }] });
  });

  test('moves to another task queue', async () => {
    const taskQueue = `elsewhere-${crypto.randomUUID()}`;
    const handle = await start(worker, workflows.continuesWith, [{ taskQueue }]);
    const first = worker.client.workflow.getHandle(handle.workflowId, handle.firstExecutionRunId, {
      followRuns: false,
    });
    expect(await rejectionOf(first.result())).toBeInstanceOf(WorkflowContinuedAsNewError);
    const [continued] = await attributesOf(first, 'workflowExecutionContinuedAsNewEventAttributes');
    expect(continued?.taskQueue?.name).toBe(taskQueue);
    expect((await worker.client.workflow.getHandle(handle.workflowId).describe()).taskQueue).toBe(taskQueue);
    await worker.client.workflow.getHandle(handle.workflowId).terminate();
  });

  test('may be asked for by a signal handler', async () => {
    const handle = await start(worker, workflows.continuesInHandler, []);
    await handle.signal(workflows.anything);
    expect(await handle.result()).toBe('continued by a signal');
  });

  test('waits before the next run when it is told to', async () => {
    const handle = await start(worker, workflows.continuesWith, [{ backoffStartInterval: '1s' }]);
    expect(await handle.result()).toMatchObject({ arg: 'changed' });
    const [started] = await attributesOf(
      worker.client.workflow.getHandle(handle.workflowId),
      'workflowExecutionStartedEventAttributes',
    );
    expect(Number(started?.firstWorkflowTaskBackoff?.seconds)).toBe(1);
  });

  test('is suggested by the server when the history is long', async () => {
    const handle = await start(worker, workflows.growsUntilSuggested, []);
    const { lengths, sizes } = await handle.result();
    expect(lengths[0]).toBe(3);
    const ascending = (numbers: number[]) => [...new Set(numbers)].sort((a, b) => a - b);
    expect(lengths).toEqual(ascending(lengths));
    expect(sizes).toEqual(ascending(sizes));
    const tasks = await attributesOf(handle, 'workflowTaskStartedEventAttributes');
    expect(tasks.map((task) => task.suggestContinueAsNew)).toEqual([...lengths.map(() => false), true]);
    expect(tasks.map((task) => Number(task.historySizeBytes)).slice(0, -1)).toEqual(sizes);
  });

  test('is suggested for reasons', async () => {
    const handle = await start(worker, workflows.growsUntilSuggested, []);
    await handle.result();
    const history = await handle.fetchHistory();
    // Only newer servers than that of the tests give reasons.
    const suggestion = history.events?.find((event) => event.workflowTaskStartedEventAttributes?.suggestContinueAsNew);
    Object.assign(suggestion?.workflowTaskStartedEventAttributes ?? {}, { suggestContinueAsNewReasons: [1, 2, 3] });
    const seen: unknown[] = [];
    const suggested = { fn: (_info: unknown, reasons: unknown) => void seen.push(reasons), callDuringReplay: true };
    await WorkerRuntime.runReplayHistory({ workflowsPath, sinks: { observer: { suggested } } }, history);
    expect(seen).toEqual([['HISTORY_SIZE_TOO_LARGE', 'TOO_MANY_HISTORY_EVENTS', 'TOO_MANY_UPDATES']]);
  });
}
