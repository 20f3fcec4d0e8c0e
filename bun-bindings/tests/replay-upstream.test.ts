import { beforeAll, describe, expect, test } from 'bun:test';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { History } from '@temporalio/common/lib/proto-utils';
import { startWorkflow, WorkflowRunOperationHandler } from '@temporalio/nexus';
import { temporal } from '@temporalio/proto';
import { OperationError, serviceHandler } from 'nexus-rpc';
import { WorkerRuntime } from '../src/worker/worker.ts';
import { useClient } from './support/client.ts';
import { useDevServer } from './support/dev-server.ts';
import { type Replayed, replayOnNode } from './support/upstream.ts';
import { WorkerProcess } from './support/worker-process.ts';
import * as activities from './upstream/activities.mjs';
import * as workflows from './upstream/workflows.ts';

const { EventType } = temporal.api.enums.v1;
const folder = `${import.meta.dir}/upstream`;
const workflowsPath = `${folder}/workflows.ts`;
const server = useDevServer({
  searchAttributes: [defineSearchAttributeKey('CustomText', SearchAttributeType.TEXT)],
});

/** Leads to the operations that workflows call. */
const endpoint = `errands-${crypto.randomUUID()}`;
const operations = serviceHandler(workflows.errands, {
  greet: async (_context, greeting) => greeting,
  refuse: async (_context, wish) => {
    throw new OperationError('failed', `not that: ${wish}`);
  },
  run: new WorkflowRunOperationHandler((context, errand) =>
    startWorkflow(context, workflows.errand, { workflowId: errand.workflowId, args: [errand] }),
  ),
});

interface Recording {
  workflowId: string;
  history: History;
}

type Scenario = (client: Client, taskQueue: string) => Promise<WorkflowHandle[]>;

let lastId = 0;
const start = (client: Client, taskQueue: string, workflow: string, ...args: unknown[]) =>
  client.workflow.start(workflow, { taskQueue, workflowId: `${workflow}-${++lastId}-${crypto.randomUUID()}`, args });

/** A workflow that needs nothing from outside. */
const alone =
  (workflow: keyof typeof workflows, ...args: unknown[]): Scenario =>
  async (client, taskQueue) => {
    const handle = await start(client, taskQueue, workflow, ...args);
    await handle.result().catch(() => undefined);
    return [handle];
  };

const scenarios: Record<string, Scenario> = {
  'activities: results, failures, retries, timeouts, cancellations': alone('activitiesOfAllKinds'),
  'local activities': alone('localActivities'),
  'timers and conditions': alone('timers'),
  'child workflows': alone('children'),
  patches: alone('patches'),
  'search attributes, memo and details': alone('attributes'),
  'random numbers, ids and time': alone('chance'),
  'nexus operations: results, failures, timeouts, cancellations': alone('nexusOperations', endpoint),
  'a failure': alone('failing'),
  'signals, queries and updates': async (client, taskQueue) => {
    const handle = await client.workflow.signalWithStart(workflows.collector, {
      taskQueue,
      workflowId: `collector-${++lastId}-${crypto.randomUUID()}`,
      signal: workflows.put,
      signalArgs: ['before the start'],
    });
    await Promise.all(['a', 'b', 'c'].map((value) => handle.signal(workflows.put, value)));
    await Promise.all(['d', 'e'].map((value) => handle.executeUpdate(workflows.add, { args: [value] })));
    await handle.executeUpdate(workflows.add, { args: [''] }).catch(() => undefined);
    expect(await handle.query(workflows.values)).toContain('a is handled');
    await handle.signal(workflows.finish);
    await handle.result();
    return [handle];
  },
  'signals to other workflows, and to none': async (client, taskQueue) => {
    const collector = await start(client, taskQueue, 'collector');
    const sender = await start(client, taskQueue, 'externals', collector.workflowId);
    await Promise.all([collector.result(), sender.result()]);
    return [collector, sender];
  },
  'continue as new': async (client, taskQueue) => {
    const first = await start(client, taskQueue, 'countdown', 2);
    await first.result();
    return [
      client.workflow.getHandle(first.workflowId, first.firstExecutionRunId),
      client.workflow.getHandle(first.workflowId),
    ];
  },
  cancellation: async (client, taskQueue) => {
    const handle = await start(client, taskQueue, 'cancelled');
    await handle.query('__stack_trace');
    await handle.cancel();
    await handle.result().catch(() => undefined);
    return [handle];
  },
};

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

/** Serves the operations while `fn` runs. */
async function withOperations<R>(fn: () => Promise<R>): Promise<R> {
  const { connection } = open;
  const taskQueue = `errands-${crypto.randomUUID()}`;
  const worker = await WorkerRuntime.create({ connection, taskQueue, workflowsPath, nexusServices: [operations] });
  const { endpoint: created } = await connection.operatorService.createNexusEndpoint({
    spec: { name: endpoint, target: { worker: { namespace: 'default', taskQueue } } },
  });
  try {
    return await worker.runUntil(fn);
  } finally {
    await connection.operatorService.deleteNexusEndpoint({ id: created?.id, version: created?.version });
  }
}

/** Runs all scenarios, and gives the histories of each. */
const record = (taskQueue: string) => withOperations(() => recordOn(taskQueue));

async function recordOn(taskQueue: string): Promise<Map<string, Recording[]>> {
  const recorded = await Promise.all(
    Object.entries(scenarios).map(async ([name, scenario]) => {
      const handles = await scenario(open.client, taskQueue);
      const recordings = handles.map(async (handle) => ({
        workflowId: handle.workflowId,
        history: await handle.fetchHistory(),
      }));
      return [name, await Promise.all(recordings)] as const;
    }),
  );
  return new Map(recorded);
}

/** Replays histories with our worker. */
async function replayHere(recordings: Recording[]): Promise<Replayed[]> {
  const replayed: Replayed[] = [];
  for await (const { workflowId, error } of WorkerRuntime.runReplayHistories({ workflowsPath }, recordings)) {
    replayed.push({ workflowId, error: error ? { name: error.name, message: error.message } : null });
  }
  return replayed;
}

function expectAllReplayed(recordings: Recording[] | undefined, replayed: Replayed[]): void {
  expect(recordings?.length).toBeGreaterThan(0);
  for (const { workflowId } of recordings ?? []) {
    const results = replayed.filter((replay) => replay.workflowId === workflowId);
    expect(results.length).toBeGreaterThan(0);
    for (const { error } of results) expect(error ?? null).toBeNull();
  }
}

describe.each(caches)('histories of @temporalio/worker on Node, %s, replay here', (_cache, maxCachedWorkflows) => {
  let recordings: Map<string, Recording[]>;
  let replayed: Replayed[];

  beforeAll(async () => {
    const taskQueue = `node-${crypto.randomUUID()}`;
    const node = await WorkerProcess.startNode([
      `${folder}/worker.mjs`,
      server.address,
      taskQueue,
      String(maxCachedWorkflows),
    ]);
    recordings = await record(taskQueue);
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
    let recordings: Map<string, Recording[]>;
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
      recordings = await worker.runUntil(() => record(taskQueue));
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
