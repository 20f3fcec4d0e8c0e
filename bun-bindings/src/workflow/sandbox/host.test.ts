import * as jsc from 'bun:jsc';
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { coresdk } from '@temporalio/proto';
import Long from 'long';
import {
  activityDone,
  IsolateDriver,
  payload,
  payloadValue,
  query,
  signal,
  startJob,
  timerFired,
  update,
} from '../../../tests/support/isolate-driver.ts';

/** The engine's own account of an object. Its declaration is missing. */
const { describe: shapeOf } = jsc as unknown as { describe(object: object): string };

const workflowsPath = join(import.meta.dir, '../../../tests/fixtures/isolate-workflows.ts');

let driver: IsolateDriver;
beforeAll(async () => {
  driver = await IsolateDriver.open({ workflowsPath });
});
afterAll(() => driver.host.close());

test('a workflow schedules an activity and completes with its result', async () => {
  const { commands, runId } = await driver.start('hello', ['Ada']);
  expect(commands).toHaveLength(1);
  const activity = commands[0]?.scheduleActivity;
  expect(activity).toMatchObject({ seq: 1, activityType: 'greet', taskQueue: 'test-queue' });
  expect(activity?.arguments?.map(payloadValue)).toEqual(['Ada']);
  expect(activity?.startToCloseTimeout?.seconds).toEqual(Long.fromNumber(60));

  const { result } = await driver.activate(runId, [activityDone(1, 'Hello Ada')]);
  expect(result).toBe('Hello Ada');
});

test('an activity failure arrives as an ActivityFailure and fails the workflow', async () => {
  const { runId } = await driver.start('hello', ['Ada']);
  const failure = {
    message: 'activity failed',
    activityFailureInfo: { activityType: { name: 'greet' } },
    cause: { message: 'boom', applicationFailureInfo: { type: 'Boom' } },
  };
  const { commands } = await driver.activate(runId, [{ resolveActivity: { seq: 1, result: { failed: { failure } } } }]);
  expect(commands[0]?.failWorkflowExecution?.failure?.cause?.message).toBe('boom');
});

test('timers fire in the order of the history', async () => {
  const { commands, runId } = await driver.start('twoTimers');
  expect(commands.map((command) => command.startTimer?.seq)).toEqual([1, 2]);
  expect((await driver.activate(runId, [timerFired(2)])).commands).toEqual([]);
  expect((await driver.activate(runId, [timerFired(1)])).result).toEqual(['fast', 'slow']);
});

test('what a workflow has left behind gives no commands after its end', async () => {
  const { runId } = await driver.start('leavesWorkBehind');
  const { commands } = await driver.activate(runId, [timerFired(2)]);
  expect(commands.map(({ completeWorkflowExecution }) => completeWorkflowExecution != null)).toEqual([true]);
  expect((await driver.activate(runId, [timerFired(1)])).commands).toEqual([]);
});

test('setTimeout and clearTimeout are durable timers, and Date follows the tasks', async () => {
  const { commands, runId } = await driver.start('plainTimeout', [], { timeMs: 5000 });
  expect(commands.map((command) => command.startTimer?.seq ?? -(command.cancelTimer?.seq ?? 0))).toEqual([1, 2, -1]);
  const { result } = await driver.activate(runId, [timerFired(2)], { timeMs: 5500 });
  expect(result).toBe(500);
});

test('clearTimeout sends nothing for what no timer has ever had as its handle', async () => {
  const { commands, runId } = await driver.start('clearsNothing');
  expect(commands.map((command) => command.startTimer?.seq ?? command.cancelTimer?.seq)).toEqual([1]);
  // Histories depend on what is sent for a timer that has fired.
  const { commands: later, result } = await driver.activate(runId, [timerFired(1)]);
  expect(later.map(({ cancelTimer }) => cancelTimer?.seq)).toEqual([1, undefined]);
  expect(result).toBe('fired');
});

describe('handlers', () => {
  test('a signal unblocks a condition', async () => {
    const { runId, commands } = await driver.start('counter', [5]);
    expect(commands).toEqual([]);
    expect((await driver.activate(runId, [signal('add', 2)])).commands).toEqual([]);
    expect((await driver.activate(runId, [signal('add', 2), signal('add', 1)])).result).toBe(5);
  });

  test('signals that come with the start are handled, as histories record it', async () => {
    const { result, flags } = await driver.start('counter', [3], { jobs: [signal('add', 1), signal('add', 2)] });
    expect(result).toBe(3);
    expect(flags).toContain(2);
  });

  test('a query is answered and changes nothing', async () => {
    const { runId } = await driver.start('counter', [5]);
    await driver.activate(runId, [signal('add', 2)]);
    const { commands } = await driver.activate(runId, [query('total')]);
    expect(payloadValue(commands[0]?.respondToQuery?.succeeded?.response)).toBe(2);
    const unknown = await driver.activate(runId, [query('nothing')]);
    expect(unknown.commands[0]?.respondToQuery?.failed?.message).toContain('did not register a handler for nothing');
  });

  test('an update is validated, accepted and completed', async () => {
    const { runId } = await driver.start('counter', [100]);
    const { commands } = await driver.activate(runId, [update('setTotal', 'u1', 7)]);
    expect(commands.map((command) => Object.keys(command.updateResponse ?? {}).at(-1))).toEqual([
      'accepted',
      'completed',
    ]);
    expect(payloadValue(commands[1]?.updateResponse?.completed)).toBe(0);
    const rejected = await driver.activate(runId, [update('setTotal', 'u2', -1)]);
    expect(rejected.commands[0]?.updateResponse?.rejected?.message).toBe('must not be negative');
  });
});

test('condition with a timeout starts a timer and gives up when it fires', async () => {
  const { runId, commands } = await driver.start('conditionWithTimeout');
  expect(commands[0]?.startTimer?.startToFireTimeout?.seconds).toEqual(Long.fromNumber(3));
  expect((await driver.activate(runId, [timerFired(1)])).result).toBe(false);
});

test('a child workflow is started and awaited', async () => {
  const { runId, commands } = await driver.start('parent');
  expect(commands[0]?.startChildWorkflowExecution).toMatchObject({
    seq: 1,
    workflowType: 'hello',
    workflowId: 'the-child',
  });
  await driver.activate(runId, [{ resolveChildWorkflowExecutionStart: { seq: 1, succeeded: { runId: 'child-run' } } }]);
  const { result } = await driver.activate(runId, [
    { resolveChildWorkflowExecution: { seq: 1, result: { completed: { result: payload('from child') } } } },
  ]);
  expect(result).toBe('from child');
});

test('continue-as-new ends the run with the next arguments', async () => {
  const { commands } = await driver.start('again', [1]);
  const { continueAsNewWorkflowExecution: next } = commands[0] ?? {};
  expect(next?.workflowType).toBe('again');
  expect(next?.arguments?.map(payloadValue)).toEqual([2]);
});

describe('patches', () => {
  test('a new run takes the patch and marks it', async () => {
    const { commands, result } = await driver.start('withPatch');
    expect(commands[0]?.setPatchMarker).toMatchObject({ patchId: 'faster', deprecated: false });
    expect(result).toBe('new');
  });

  test('replay takes it only if the history has it', async () => {
    expect((await driver.start('withPatch', [], { isReplaying: true })).result).toBe('old');
    const runId = 'patched-run';
    const { result } = await driver.activate(
      runId,
      [startJob('withPatch', [], runId), { notifyHasPatch: { patchId: 'faster' } }],
      { isReplaying: true },
    );
    expect(result).toBe('new');
  });
});

test('cancellation reaches the scope', async () => {
  const { runId } = await driver.start('cancellable');
  const { result, commands } = await driver.activate(runId, [{ cancelWorkflow: {} }]);
  expect(commands[0]?.cancelTimer?.seq).toBe(1);
  expect(result).toBe('cancelled');
});

test('workflowInfo is filled from the activation', async () => {
  const { result } = await driver.start('info', [], {
    runId: 'info-run',
    timeMs: 2_000_500,
    historyLength: 17,
    historySizeBytes: Long.fromNumber(4096),
    continueAsNewSuggested: true,
    deploymentVersionForCurrentTask: { deploymentName: 'd', buildId: 'b1' },
    init: {
      parentWorkflowInfo: { workflowId: 'p', runId: 'pr', namespace: 'pn' },
      rootWorkflow: { workflowId: 'r', runId: 'rr' },
      workflowRunTimeout: { seconds: Long.fromNumber(30) },
      cronSchedule: '* * * * *',
      memo: { fields: { note: payload('x') } },
      retryPolicy: { maximumAttempts: 3, backoffCoefficient: 2, initialInterval: { seconds: Long.fromNumber(1) } },
      priority: { priorityKey: 2 },
    },
  });
  expect(result).toMatchObject({
    workflowId: 'workflow-of-info-run',
    runId: 'info-run',
    workflowType: 'info',
    taskQueue: 'test-queue',
    namespace: 'test-namespace',
    firstExecutionRunId: 'info-run',
    attempt: 1,
    start: 1_000_000,
    runStart: 2_000_500,
    startIsDate: true,
    historyLength: 17,
    historySize: 4096,
    continueAsNewSuggested: true,
    currentBuildId: 'b1',
    currentDeploymentVersion: { deploymentName: 'd', buildId: 'b1' },
    parent: { workflowId: 'p', runId: 'pr', namespace: 'pn' },
    root: { workflowId: 'r', runId: 'rr' },
    runTimeoutMs: 30_000,
    taskTimeoutMs: 10_000,
    cronSchedule: '* * * * *',
    memo: { note: 'x' },
    retryPolicy: { maximumAttempts: 3, backoffCoefficient: 2, initialInterval: 1000 },
    priority: { priorityKey: 2 },
    replaying: false,
    realNow: 'number',
  });
});

test('binary arguments are arrays of the isolate', async () => {
  expect((await driver.start('bytes', [new Uint8Array([1, 2, 3])])).result).toEqual({ isArray: true, sum: 6 });
});

test('arrays have the form that the engine is fast with', async () => {
  // It gives it up for a whole realm, if an array's element could be a read-only property that is inherited.
  const { sinkCalls } = await driver.start('logs');
  expect(shapeOf(sinkCalls)).toContain('ArrayWithContiguous');
});

test('log calls come out with the info of their workflow', async () => {
  const { sinkCalls } = await driver.start('logs', [], { runId: 'log-run' });
  const call = sinkCalls.find(({ fnName }) => fnName === 'info');
  expect(call?.ifaceName).toBe('__temporal_logger');
  expect(call?.args[0]).toBe('hello from inside');
  expect(call?.args[1]).toMatchObject({ answer: 42, runId: 'log-run' });
  expect(call?.workflowInfo.unsafe.isReplayingHistoryEvents).toBe(false);
});

describe('failures', () => {
  test('a workflow that throws an ApplicationFailure fails, with a stack of its own source', async () => {
    const { commands } = await driver.start('failing');
    const failure = commands[0]?.failWorkflowExecution?.failure;
    expect(failure?.applicationFailureInfo).toMatchObject({ type: 'BadLuck', nonRetryable: true });
    expect(failure?.stackTrace).toMatch(/at failing \(.*isolate-workflows\.ts:\d+:\d+\)$/);
  });

  test('any other error fails the task, and points at the line that threw', async () => {
    const { runId } = await driver.start('buggy');
    const { failure } = await driver.activate(runId, [timerFired(1)]);
    expect(failure?.message).toContain('undefined');
    const lines = (await Bun.file(workflowsPath).text()).split('\n');
    const line = lines.findIndex((text) => text.includes('return value.field')) + 1;
    const caller = lines.findIndex((text) => text.includes('deeper(undefined')) + 1;
    expect(failure?.stackTrace?.split('\n').slice(1)).toEqual([
      expect.stringMatching(new RegExp(`^\\s+at deeper \\(${workflowsPath}:${line}:\\d+\\)$`)),
      expect.stringMatching(new RegExp(`^\\s+at (async )?buggy \\(${workflowsPath}:${caller}:\\d+\\)$`)),
    ]);
  });

  test.each(['undefined', 'null'])('so does a thrown %s, which says so', async (thrown) => {
    const { failure, commands } = await driver.start('throws', [thrown]);
    expect(failure?.message).toBe(`Workflow code has thrown ${thrown}, which is no error`);
    expect(commands).toEqual([]);
  });

  test.each([
    ['a BigInt', 'bigint', "the BigInt 7 of the field 'wei' has no form in JSON"],
    ['a circle', 'circle', 'cannot serialize cyclic structures'],
  ])('a result with %s fails the task, and the error says why', async (_, which, why) => {
    const { failure } = await driver.start('givesNoJson', [which]);
    expect(failure?.message).toContain('Unable to convert [object Object] to payload: ');
    expect(failure?.message).toContain(why);
  });

  test('an unknown workflow type fails the task', async () => {
    const { failure } = await driver.start('nope');
    expect(failure?.message).toBe(
      "Failed to initialize workflow of type 'nope': no such function is exported by the workflow bundle",
    );
  });

  test('an activation of a run that was never started fails', async () => {
    const { failure } = await driver.activate('unheard-of', [timerFired(1)]);
    expect(failure?.message).toContain('untracked workflow');
  });

  test('an unhandled rejection of a getter in the argument of a sink fails no task', () => {
    const script = join(import.meta.dir, '../../../tests/fixtures/sink-rejection.ts');
    const { stdout, stderr } = Bun.spawnSync([process.execPath, script]);
    expect(stderr.toString()).toBe('');
    expect(JSON.parse(stdout.toString())).toEqual({
      sinkCalls: expect.arrayContaining([{ value: 1 }]),
      failures: [null, 'Unhandled Promise rejection: Error: of the workflow'],
      sinkRejections: ['of the getter', 'of the getter'],
      otherRun: 'still alive',
    });
  });

  test.each([
    ['that runs share', 'true'],
    ['of its own', 'false'],
  ])('an unhandled rejection in a realm %s fails the task of its run', async (_realm, reuseV8Context) => {
    // In a process of its own: the test runner keeps unhandled rejections to itself.
    const script = join(import.meta.dir, '../../../tests/fixtures/unhandled-rejection.ts');
    const { stdout, stderr, exitCode } = Bun.spawnSync([process.execPath, script, reuseV8Context]);
    expect(stderr.toString()).toBe('');
    expect(JSON.parse(stdout.toString())).toEqual({
      message: 'Unhandled Promise rejection: Error: nobody caught me',
      cause: 'nobody caught me',
      stack: expect.stringMatching(/at loseRejection \(.*isolate-workflows\.ts:\d+:\d+\)$/),
      otherRun: 'still alive',
    });
    expect(exitCode).toBe(0);
  });

  test('an endless loop fails its task, and other runs go on', async () => {
    const { runId } = await driver.start('hello', ['Ada']);
    const { failure } = await driver.start('endlessLoop');
    expect(failure?.message).toBe('Script execution timed out after 2000ms');
    expect((await driver.activate(runId, [activityDone(1, 'after the loop')])).result).toBe('after the loop');
  });

  test('so does an endless chain of microtasks, which does not go on later', async () => {
    const { runId } = await driver.start('hello', ['Ada']);
    const loop = await driver.start('endlessMicrotasks');
    const { failure } = await driver.activate(loop.runId, [timerFired(1)]);
    expect(failure?.message).toBe('Script execution timed out after 2000ms');
    expect((await driver.activate(runId, [activityDone(1, 'after the loop')])).result).toBe('after the loop');
    await driver.evict(loop.runId);
  });
});

describe('eviction and replay', () => {
  test('an evicted run is gone, and comes back from its history with the same commands', async () => {
    const runId = 'evicted-run';
    const first = await driver.start('counter', [5], { runId });
    await driver.activate(runId, [signal('add', 2)]);
    const before = driver.host.cachedRuns;
    expect((await driver.evict(runId)).commands).toEqual([]);
    expect(driver.host.cachedRuns).toBe(before - 1);

    const replayed = await driver.start('counter', [5], { runId, isReplaying: true });
    expect(replayed.commands).toEqual(first.commands);
    await driver.activate(runId, [signal('add', 2)], { isReplaying: true });
    expect((await driver.activate(runId, [signal('add', 3)])).result).toBe(5);
  });

  test('an eviction of a run that is not there is answered', async () => {
    expect((await driver.evict('never-seen')).failure).toBeUndefined();
  });

  test('time, chance and ids are the same in each replay', async () => {
    const play = async (runId: string): Promise<unknown> => {
      await driver.start('chance', [], { runId, timeMs: 7_000_000 });
      return (await driver.activate(runId, [timerFired(1)], { timeMs: 7_000_123 })).result;
    };
    const first = await play('chance-1');
    expect(first).toMatchObject({ now: 7_000_123, date: new Date(7_000_123).toISOString() });
    expect(await play('chance-2')).toEqual(first);
  });

  test('logs of a replay say so', async () => {
    const { sinkCalls } = await driver.start('logs', [], { isReplaying: true });
    expect(sinkCalls.every((call) => call.workflowInfo.unsafe.isReplayingHistoryEvents)).toBe(true);
  });
});

test('many runs interleave, each with its own state', async () => {
  const runs = await Promise.all(Array.from({ length: 50 }, (_, index) => driver.start('counter', [index + 10])));
  const results = await Promise.all(
    runs.map(async ({ runId }, index) => {
      await driver.activate(runId, [signal('add', index)]);
      return (await driver.activate(runId, [signal('add', 10)])).result;
    }),
  );
  expect(results).toEqual(runs.map((_, index) => index + 10));
});

test('bytes that are no activation are refused', async () => {
  await expect(driver.host.activate(new Uint8Array([255, 255, 255]))).rejects.toBeDefined();
  expect(coresdk.workflow_activation.WorkflowActivation).toBeDefined();
});
