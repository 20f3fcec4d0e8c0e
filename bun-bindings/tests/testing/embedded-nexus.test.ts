import { expect, test } from 'bun:test';
import { useTestEnvironment } from '../../src/testing/index.ts';
import { WorkerRuntime } from '../../src/worker/worker.ts';
import { jobsWith } from '../fixtures/nexus/nexus-worker.ts';
import * as workflows from '../fixtures/nexus/workflows.ts';

const env = useTestEnvironment({ embedded: true });

/** Runs `body` beside a worker that handles operations and calls them. */
async function withHandlers<T>(body: (taskQueue: string, endpoint: string) => Promise<T>): Promise<T> {
  const taskQueue = `embedded-${crypto.randomUUID()}`;
  const endpoint = `jobs-${crypto.randomUUID()}`;
  await env.createNexusEndpoint(endpoint, taskQueue);
  const worker = await WorkerRuntime.create({
    connection: env.nativeConnection,
    taskQueue,
    workflowsPath: require.resolve('../fixtures/nexus/workflows.ts'),
    nexusServices: [jobsWith()],
  });
  return worker.runUntil(() => body(taskQueue, endpoint));
}

test('an embedded server carries operations that are answered at once, and those that a workflow does', async () => {
  await withHandlers(async (taskQueue, endpoint) => {
    const quick = await env.client.workflow.execute(workflows.callQuick, {
      taskQueue,
      workflowId: crypto.randomUUID(),
      args: [endpoint, 'input', {}],
    });
    expect(quick).toBe('input!');
    const id = crypto.randomUUID();
    const long = await env.client.workflow.execute(workflows.callLong, {
      taskQueue,
      workflowId: crypto.randomUUID(),
      args: [endpoint, { id }],
    });
    expect(long).toMatchObject({ service: 'jobs', operation: 'long', result: `${id} done` });
  });
});

test('endpoints of an embedded server come and go', async () => {
  const endpoint = await env.createNexusEndpoint('short-lived', 'queue');
  const names = async () => {
    const { endpoints } = await env.nativeConnection.operatorService.listNexusEndpoints({ name: 'short-lived' });
    return endpoints.map(({ spec }) => spec?.name);
  };
  expect(await names()).toEqual(['short-lived']);
  await env.deleteNexusEndpoint(endpoint);
  expect(await names()).toEqual([]);
});
