import { beforeAll, describe, expect, test } from 'bun:test';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { WorkerRuntime } from '../src/worker/worker.ts';
import { recordScenarios, type ScenarioRecording, scenarios, start } from './corpus/scenarios.ts';
import { useClient } from './support/client.ts';
import { useDevServer } from './support/dev-server.ts';
import { type Replayed, replayOnNode } from './support/upstream.ts';
import { WorkerProcess } from './support/worker-process.ts';
import * as activities from './upstream/activities.mjs';

const { EventType } = temporal.api.enums.v1;
const folder = `${import.meta.dir}/upstream`;
const workflowsPath = `${folder}/workflows.ts`;
const server = useDevServer({
  searchAttributes: [defineSearchAttributeKey('CustomText', SearchAttributeType.TEXT)],
});

const names = Object.keys(scenarios);

/** The events that the scenarios must bring about, or they would test less than they say. */
const expectedEvents = [
  'ACTIVITY_TASK_COMPLETED',
  'ACTIVITY_TASK_FAILED',
  'ACTIVITY_TASK_TIMED_OUT',
  'ACTIVITY_TASK_CANCEL_REQUESTED',
  'ACTIVITY_TASK_CANCELED',
  'CHILD_WORKFLOW_EXECUTION_STARTED',
  'CHILD_WORKFLOW_EXECUTION_COMPLETED',
  'CHILD_WORKFLOW_EXECUTION_FAILED',
  'CHILD_WORKFLOW_EXECUTION_CANCELED',
  'START_CHILD_WORKFLOW_EXECUTION_FAILED',
  'EXTERNAL_WORKFLOW_EXECUTION_SIGNALED',
  'SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED',
  'REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED',
  'MARKER_RECORDED',
  'NEXUS_OPERATION_SCHEDULED',
  'NEXUS_OPERATION_STARTED',
  'NEXUS_OPERATION_COMPLETED',
  'NEXUS_OPERATION_FAILED',
  'NEXUS_OPERATION_TIMED_OUT',
  'NEXUS_OPERATION_CANCEL_REQUESTED',
  'NEXUS_OPERATION_CANCELED',
  'TIMER_FIRED',
  'TIMER_CANCELED',
  'UPSERT_WORKFLOW_SEARCH_ATTRIBUTES',
  'WORKFLOW_PROPERTIES_MODIFIED',
  'WORKFLOW_EXECUTION_SIGNALED',
  'WORKFLOW_EXECUTION_UPDATE_ACCEPTED',
  'WORKFLOW_EXECUTION_UPDATE_COMPLETED',
  'WORKFLOW_EXECUTION_CANCEL_REQUESTED',
  'WORKFLOW_EXECUTION_CANCELED',
  'WORKFLOW_EXECUTION_COMPLETED',
  'WORKFLOW_EXECUTION_FAILED',
  'WORKFLOW_EXECUTION_CONTINUED_AS_NEW',
];

const open = useClient(server);

/** Names, and how many workflows are cached. */
const caches: [string, number][] = [
  ['with a cache', 1000],
  ['without a cache', 0],
];

/** Replays histories with our worker. */
async function replayHere(recordings: ScenarioRecording[]): Promise<Replayed[]> {
  const replayed: Replayed[] = [];
  for await (const { workflowId, error } of WorkerRuntime.runReplayHistories({ workflowsPath }, recordings)) {
    replayed.push({ workflowId, error: error ? { name: error.name, message: error.message } : null });
  }
  return replayed;
}

function expectAllReplayed(recordings: ScenarioRecording[] | undefined, replayed: Replayed[]): void {
  expect(recordings?.length).toBeGreaterThan(0);
  for (const { workflowId } of recordings ?? []) {
    const results = replayed.filter((replay) => replay.workflowId === workflowId);
    expect(results.length).toBeGreaterThan(0);
    for (const { error } of results) expect(error ?? null).toBeNull();
  }
}

describe.each(caches)('histories of @temporalio/worker on Node, %s, replay here', (_cache, maxCachedWorkflows) => {
  let recordings: Map<string, ScenarioRecording[]>;
  let replayed: Replayed[];

  beforeAll(async () => {
    const taskQueue = `node-${crypto.randomUUID()}`;
    const node = await WorkerProcess.startNode([
      `${folder}/worker.mjs`,
      server.address,
      taskQueue,
      String(maxCachedWorkflows),
    ]);
    recordings = await recordScenarios(open, taskQueue);
    await node.endInput();
    replayed = await replayHere([...recordings.values()].flat());
  }, 120_000);

  test.each(names)('%s', (name) => expectAllReplayed(recordings.get(name), replayed));

  test('hold every kind of event that a workflow leads to', () => {
    const types = [...recordings.values()].flatMap((all) =>
      all.flatMap(({ history }) => (history.events ?? []).map(({ eventType }) => EventType[eventType ?? 0])),
    );
    expect(new Set(types)).toEqual(new Set([...types, ...expectedEvents.map((name) => `EVENT_TYPE_${name}`)]));
  });
});

describe.each(caches)(
  'our histories, %s, replay with @temporalio/worker on Node, and here',
  (_cache, maxCachedWorkflows) => {
    let recordings: Map<string, ScenarioRecording[]>;
    let replayed: Replayed[];

    beforeAll(async () => {
      const taskQueue = `bun-${crypto.randomUUID()}`;
      const worker = await WorkerRuntime.create({
        connection: open.connection,
        taskQueue,
        workflowsPath,
        activities,
        maxCachedWorkflows,
        maxHeartbeatThrottleInterval: 100,
      });
      recordings = await worker.runUntil(() => recordScenarios(open, taskQueue));
      const all = [...recordings.values()].flat();
      replayed = [...(await replayOnNode(all)), ...(await replayHere(all))];
    }, 120_000);

    test.each(names)('%s', (name) => expectAllReplayed(recordings.get(name), replayed));
  },
);

test('both find the same change of a workflow', async () => {
  const taskQueue = `changing-${crypto.randomUUID()}`;
  const worker = await WorkerRuntime.create({ connection: open.connection, taskQueue, workflowsPath, activities });
  const recording = await worker.runUntil(async () => {
    const handle = await start(open.client, taskQueue, 'changing');
    await handle.result();
    return { workflowId: handle.workflowId, history: await handle.fetchHistory() };
  });
  const [[here], [onNode]] = await Promise.all([replayHere([recording]), replayOnNode([recording])]);
  expect(here?.error?.name).toBe('DeterminismViolationError');
  expect(here?.error).toEqual(onNode?.error ?? null);
  expect(here?.error?.message).toContain('ActivityTaskScheduled');
}, 120_000);
