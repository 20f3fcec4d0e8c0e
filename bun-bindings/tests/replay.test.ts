import { expect, setDefaultTimeout, test } from 'bun:test';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { DeterminismViolationError } from '@temporalio/workflow';
import { ReplayError } from '../src/worker/replay/replay-result.ts';
import { WorkerRuntime } from '../src/worker/worker.ts';
import * as workflows from './fixtures/workflows.ts';
import { useServer } from './support/test-server.ts';
import { withWorker } from './support/test-worker.ts';

setDefaultTimeout(30_000);
const server = useServer();
const workflowsPath = `${import.meta.dir}/fixtures/workflows.ts`;

/** A history of `greeter`, with signals and activities. */
function recordHistory() {
  return withWorker(server, {}, async ({ client, taskQueue }) => {
    const handle = await client.workflow.start(workflows.greeter, { taskQueue, workflowId: crypto.randomUUID() });
    await handle.signal(workflows.addName, 'Ada');
    await handle.signal(workflows.finish);
    await handle.result();
    return handle.fetchHistory();
  });
}

const errorOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error) => error,
  );

test('a history replays, from the server and from JSON', async () => {
  const history = await recordHistory();
  await WorkerRuntime.runReplayHistory({ workflowsPath }, history);
  await WorkerRuntime.runReplayHistory(
    { workflowsPath, replayName: 'mine' },
    JSON.parse(historyToJSON(history)),
    'its-id',
  );
});

test('a history with the names that old tools gave to types of events replays', async () => {
  const history = JSON.parse(historyToJSON(await recordHistory()));
  for (const event of history.events) {
    const words: string[] = event.eventType.replace('EVENT_TYPE_', '').split('_');
    event.eventType = words.map((word) => word.charAt(0) + word.slice(1).toLowerCase()).join('');
  }
  expect(history.events[0].eventType).toBe('WorkflowExecutionStarted');
  await WorkerRuntime.runReplayHistory({ workflowsPath }, history);
});

test('JSON that is no history is refused, and says why', async () => {
  const history = JSON.parse(historyToJSON(await recordHistory()));
  history.events[0].workflowExecutionStartedEventAttributes.attempt = 'many';
  const error = await errorOf(WorkerRuntime.runReplayHistory({ workflowsPath }, history));
  expect(error).toMatchObject({ name: 'NativeBridgeError', code: 'invalid_protobuf' });
  expect(String(error)).toContain('events[0].workflowExecutionStartedEventAttributes.attempt');
});

test('code that does not fit a history is told from a history that cannot be replayed', async () => {
  const history = await recordHistory();
  const [first] = history.events ?? [];
  const started = first?.workflowExecutionStartedEventAttributes;
  if (!started?.workflowType) throw new Error('the history has no start');
  started.workflowType.name = 'countdown';
  expect(await errorOf(WorkerRuntime.runReplayHistory({ workflowsPath }, history))).toBeInstanceOf(
    DeterminismViolationError,
  );
  started.workflowType.name = 'noSuchWorkflow';
  expect(await errorOf(WorkerRuntime.runReplayHistory({ workflowsPath }, history))).toBeInstanceOf(ReplayError);
});

test('many histories replay one after the other, whatever becomes of each', async () => {
  const good = await recordHistory();
  const bad = JSON.parse(historyToJSON(good));
  bad.events[0].workflowExecutionStartedEventAttributes.workflowType.name = 'countdown';
  const results = [];
  const histories = [
    { workflowId: 'a', history: good },
    { workflowId: 'b', history: bad },
    { workflowId: 'c', history: good },
  ];
  for await (const { workflowId, error } of WorkerRuntime.runReplayHistories({ workflowsPath }, histories)) {
    results.push([workflowId, error?.name]);
  }
  expect(results).toEqual([
    ['a', undefined],
    ['b', 'DeterminismViolationError'],
    ['c', undefined],
  ]);
});

test('a replay may be left early', async () => {
  const history = await recordHistory();
  const histories = Array.from({ length: 3 }, () => ({ workflowId: 'a', history }));
  for await (const { error } of WorkerRuntime.runReplayHistories({ workflowsPath }, histories)) {
    expect(error).toBeUndefined();
    break;
  }
});

test('a source that waits for its next history is closed when the replay is left', async () => {
  const history = await recordHistory();
  let isClosed = false;
  const waiting = {
    [Symbol.asyncIterator]() {
      const values = [{ workflowId: 'a', history }];
      return {
        async next() {
          const value = values.shift();
          return value === undefined ? new Promise<never>(() => {}) : { done: false, value };
        },
        async return() {
          isClosed = true;
          return { done: true as const, value: undefined };
        },
      };
    },
  };
  const results = WorkerRuntime.runReplayHistories({ workflowsPath }, waiting);
  expect((await results.next()).value.error).toBeUndefined();
  await results.return?.();
  expect(isClosed).toBe(true);
});

test('what is no history is refused', async () => {
  const messageFor = async (history: unknown) =>
    String(await errorOf(WorkerRuntime.runReplayHistory({ workflowsPath }, history)));
  expect(await messageFor(null)).toContain('Expected a non-null history object, got null');
  expect(await messageFor({ events: [] })).toContain('Expected a history object with events');
  expect(String(await errorOf(WorkerRuntime.runReplayHistory({}, { events: [] })))).toContain(
    'must contain workflowsPath',
  );
});
