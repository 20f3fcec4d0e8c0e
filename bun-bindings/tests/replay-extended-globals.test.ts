import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import type { WorkflowHandle } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils';
import workflowPackage from '@temporalio/workflow/package.json' with { type: 'json' };
import { WorkerRuntime } from '../src/worker/worker.ts';
import { useClient } from './support/client.ts';
import { useDevServer } from './support/dev-server.ts';
import { attributesOf, start } from './support/observe.ts';
import { replayOnNode } from './support/upstream.ts';
import { WorkerProcess } from './support/worker-process.ts';
import { waysAround } from './upstream/workflows.ts';

setDefaultTimeout(60_000);
const server = useDevServer();
const open = useClient(server);
const folder = `${import.meta.dir}/upstream`;
const workflowsPath = `${folder}/workflows.ts`;

interface Recorded {
  workflowId: string;
  history: History;
  result: string[];
  /** The SDK's version in the history's workflow tasks, where there is one. */
  versions: string[];
  timersMs: number[];
}

/** How long the timers of the workflow are if it finds its way around the globals, and if it has them. */
const AROUND = [1, 2, 30, 10, 20];
const WITH_GLOBALS = [30, 10, 20];

async function recordedOf(handle: WorkflowHandle): Promise<Recorded> {
  const result: string[] = await handle.result();
  const completed = await attributesOf(handle, 'workflowTaskCompletedEventAttributes');
  const timers = await attributesOf(handle, 'timerStartedEventAttributes');
  return {
    workflowId: handle.workflowId,
    history: await handle.fetchHistory(),
    result,
    versions: completed.flatMap(({ sdkMetadata }) => sdkMetadata?.sdkVersion || []),
    timersMs: timers.map(
      ({ startToFireTimeout: time }) => (Number(time?.seconds) || 0) * 1000 + (time?.nanos ?? 0) / 1e6,
    ),
  };
}

async function recordHere(options: object): Promise<Recorded> {
  const taskQueue = crypto.randomUUID();
  const { client, connection } = open;
  const worker = await WorkerRuntime.create({ connection, taskQueue, workflowsPath, ...options });
  return worker.runUntil(async () => recordedOf(await start({ client, taskQueue }, waysAround, [])));
}

async function recordOnNode(): Promise<Recorded> {
  const taskQueue = crypto.randomUUID();
  const node = await WorkerProcess.startNode([`${folder}/worker.mjs`, server.address, taskQueue, '100']);
  const recorded = await recordedOf(await start({ client: open.client, taskQueue }, waysAround, []));
  await node.endInput();
  return recorded;
}

async function replayHere(recorded: Recorded, options: object = {}): Promise<Error | undefined> {
  for await (const { error } of WorkerRuntime.runReplayHistories({ workflowsPath, ...options }, [recorded]))
    return error;
  return expect.unreachable('nothing was replayed');
}

const withoutGlobals: Recorded[] = [];

describe.each([
  ['with a cache', { maxCachedWorkflows: 100 }],
  ['without a cache', { maxCachedWorkflows: 0 }],
  ['without a cache, with a context for each run', { maxCachedWorkflows: 0, reuseV8Context: false }],
])('a worker %s', (_name, options) => {
  test('gives the globals to new workflows, and in each replay', async () => {
    const recorded = await recordHere(options);
    expect(recorded.result).toEqual([expect.stringMatching(/^[\da-f-]{36}$/), 'number']);
    expect(recorded.timersMs).toEqual(WITH_GLOBALS);
    expect(recorded.versions).toEqual([`${workflowPackage.version}+bun.1`]);
    expect(await replayHere(recorded)).toBeUndefined();
    expect(await replayHere(recorded, { extendedGlobals: false })).toBeUndefined();
  });

  test('gives none where they are switched off, also when another replays the history', async () => {
    const recorded = await recordHere({ ...options, extendedGlobals: false });
    expect(recorded.result).toEqual(['chance', 'the time of day']);
    expect(recorded.timersMs).toEqual(AROUND);
    expect(recorded.versions).toEqual([`${workflowPackage.version}+bun.0`]);
    expect(await replayHere(recorded)).toBeUndefined();
    withoutGlobals.push(recorded);
  });
});

test('workers of @temporalio/worker replay what was recorded with the globals switched off', async () => {
  expect(withoutGlobals).toHaveLength(3);
  const replayed = await replayOnNode(withoutGlobals);
  expect(replayed.map(({ error }) => error)).toEqual([null, null, null]);
});

test('a history of @temporalio/worker replays as it was recorded: without the globals, and sorted as on Node', async () => {
  const recorded = await recordOnNode();
  expect(recorded.result).toEqual(['chance', 'the time of day']);
  expect(recorded.timersMs).toEqual(AROUND);
  expect(recorded.versions).toEqual([workflowPackage.version]);
  expect(await replayHere(recorded)).toBeUndefined();
});

test('a workflow that has begun on @temporalio/worker goes on here without the globals', async () => {
  const taskQueue = crypto.randomUUID();
  const node = await WorkerProcess.startNode([`${folder}/worker.mjs`, server.address, taskQueue, '100']);
  const handle = await start({ client: open.client, taskQueue }, 'beganElsewhere', []);
  await handle.query('values');
  await node.endInput();
  const worker = await WorkerRuntime.create({ connection: open.connection, taskQueue, workflowsPath });
  const recorded = await worker.runUntil(async () => {
    await handle.signal('finish');
    return recordedOf(handle);
  });
  expect(recorded.result).toEqual(['undefined', 'undefined']);
  expect(recorded.versions).toEqual([workflowPackage.version, `${workflowPackage.version}+bun.1`]);
  expect(await replayHere(recorded)).toBeUndefined();
});
