/** Histories with every kind of event, of the workflows in `tests/upstream/workflows.ts`. */
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils';
import { startWorkflow, WorkflowRunOperationHandler } from '@temporalio/nexus';
import { OperationError, serviceHandler } from 'nexus-rpc';
import { WorkerRuntime } from '../../src/worker/worker.ts';
import type { OpenClient } from '../support/client.ts';
import * as workflows from '../upstream/workflows.ts';

const workflowsPath = `${import.meta.dir}/../upstream/workflows.ts`;

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

export interface ScenarioRecording {
  workflowId: string;
  history: History;
}

type Scenario = (client: Client, taskQueue: string) => Promise<WorkflowHandle[]>;

let lastId = 0;
export const start = (client: Client, taskQueue: string, workflow: string, ...args: unknown[]) =>
  client.workflow.start(workflow, { taskQueue, workflowId: `${workflow}-${++lastId}-${crypto.randomUUID()}`, args });

/** A workflow that needs nothing from outside. */
const alone =
  (workflow: keyof typeof workflows, ...args: unknown[]): Scenario =>
  async (client, taskQueue) => {
    const handle = await start(client, taskQueue, workflow, ...args);
    await handle.result().catch(() => undefined);
    return [handle];
  };

export const scenarios: Record<string, Scenario> = {
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
    const seen = await handle.query(workflows.values);
    if (!seen.includes('a is handled')) throw new Error(`a query was answered with ${seen}`);
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

/** Serves the operations while `fn` runs. */
async function withOperations<R>({ connection }: Pick<OpenClient, 'connection'>, fn: () => Promise<R>): Promise<R> {
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

/** Runs all scenarios on the workers of a task queue, and gives the histories of each. */
export function recordScenarios(open: OpenClient, taskQueue: string): Promise<Map<string, ScenarioRecording[]>> {
  return withOperations(open, async () => {
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
  });
}
