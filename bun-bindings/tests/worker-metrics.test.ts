import { expect, test } from 'bun:test';
import type { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { Runtime } from '../src/runtime/runtime.ts';
import * as workflows from './fixtures/activity-workflows.ts';
import { useDevServer } from './support/dev-server.ts';
import { withWorker } from './support/test-worker.ts';

const bindAddress = `127.0.0.1:${freePort()}`;
Runtime.install({ telemetryOptions: { metrics: { prometheus: { bindAddress } } } });
const server = useDevServer();

function freePort(): number {
  const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
  listener.stop();
  return listener.port;
}

/** The values of a metric, by the labels that they carry beside those of the worker. */
async function scrape(metric: string, taskQueue: string): Promise<Record<string, number>> {
  const response = await fetch(`http://${bindAddress}/metrics`);
  const lines = (await response.text()).split('\n').filter((line) => line.startsWith(`${metric}{`));
  return Object.fromEntries(
    lines
      .filter((line) => line.includes(`taskQueue="${taskQueue}"`) && line.includes('namespace="default"'))
      .map((line) => {
        const labels = [...line.matchAll(/(activityType|outcome)="(\w+)"/g)].map(([, , value]) => value);
        return [labels.join(' '), Number(line.slice(line.lastIndexOf(' ')))];
      }),
  );
}

/** Resolves when a task of the workflow has failed. */
async function taskFailed({ workflowService }: Client, workflowId: string): Promise<void> {
  for (let nextPageToken: Uint8Array | undefined; ; ) {
    const request = { namespace: 'default', execution: { workflowId }, waitNewEvent: true, nextPageToken };
    const page = await workflowService.getWorkflowExecutionHistory(request);
    if (page.history?.events?.some((event) => event.workflowTaskFailedEventAttributes != null)) return;
    nextPageToken = page.nextPageToken;
  }
}

test('a worker counts its tasks and how long they take', async () => {
  const activities = {
    async good() {},
    async bad() {
      throw ApplicationFailure.nonRetryable('bad');
    },
  };
  const workflowsPath = `${import.meta.dir}/fixtures/activity-workflows.ts`;
  await withWorker(server, { activities, workflowsPath }, async ({ client, taskQueue }) => {
    const execute = (name: string) =>
      client.workflow.execute(workflows.runActivity, {
        taskQueue,
        workflowId: crypto.randomUUID(),
        args: [name, { startToCloseTimeout: '1 minute' }],
      });
    await Promise.all([execute('good'), execute('good')]);
    await execute('bad').catch(() => undefined);
    const unknown = await client.workflow.start('noSuchWorkflow', { taskQueue, workflowId: crypto.randomUUID() });
    await taskFailed(client, unknown.workflowId);
    await unknown.terminate();

    expect(await scrape('temporal_bun_activity_tasks', taskQueue)).toEqual({ 'good completed': 2, 'bad failed': 1 });
    expect(await scrape('temporal_bun_activity_execution_latency_count', taskQueue)).toEqual({ good: 2, bad: 1 });
    const tasks = await scrape('temporal_bun_workflow_tasks', taskQueue);
    // Two tasks for each of the three workflows.
    expect(tasks.completed).toBeGreaterThanOrEqual(6);
    expect(tasks.failed).toBeGreaterThanOrEqual(1);
    const total = Object.values(tasks).reduce((sum, count) => sum + count);
    expect(await scrape('temporal_bun_workflow_task_latency_count', taskQueue)).toEqual({ '': total });
  });
}, 30_000);
