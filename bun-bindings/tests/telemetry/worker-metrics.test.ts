import { expect, test } from 'bun:test';
import { ApplicationFailure } from '@temporalio/common';
import { Runtime } from '../../src/runtime/runtime.ts';
import * as workflows from '../fixtures/activity-workflows.ts';
import { freePort } from '../support/free-port.ts';
import { taskFailure } from '../support/observe.ts';
import { useServer } from '../support/test-server.ts';
import { withWorker } from '../support/test-worker.ts';

const bindAddress = `127.0.0.1:${freePort()}`;
Runtime.install({ telemetryOptions: { metrics: { prometheus: { bindAddress } } } });
const server = useServer();

/** All metrics, as Prometheus is given them. */
async function scrape(): Promise<string[]> {
  const response = await fetch(`http://${bindAddress}/metrics`);
  return (await response.text()).split('\n');
}

/** The values of a metric, by the labels that they carry beside those of the worker. */
function valuesOf(metric: string, taskQueue: string, scraped: string[]): Record<string, number> {
  return Object.fromEntries(
    scraped
      .filter((line) => line.startsWith(`${metric}{`))
      .filter((line) => line.includes(`task_queue="${taskQueue}"`) && line.includes('namespace="default"'))
      .map((line) => {
        const labels = [...line.matchAll(/(activity_type|outcome)="(\w+)"/g)].map(([, , value]) => value);
        return [labels.join(' '), Number(line.slice(line.lastIndexOf(' ')))];
      }),
  );
}

test('a worker counts its tasks and how long they take', async () => {
  const activities = {
    async good() {},
    async bad() {
      throw ApplicationFailure.nonRetryable('bad');
    },
  };
  const workflowsPath = `${import.meta.dir}/../fixtures/activity-workflows.ts`;
  let queue = '';
  await withWorker(server, { activities, workflowsPath }, async ({ client, taskQueue }) => {
    queue = taskQueue;
    const execute = (name: string) =>
      client.workflow.execute(workflows.runActivity, {
        taskQueue,
        workflowId: crypto.randomUUID(),
        args: [name, { startToCloseTimeout: '1 minute' }],
      });
    await Promise.all([execute('good'), execute('good')]);
    await execute('bad').catch(() => undefined);
    const unknown = await client.workflow.start('noSuchWorkflow', { taskQueue, workflowId: crypto.randomUUID() });
    await taskFailure({ client }, unknown);
    await unknown.terminate();
  });

  // The worker has stopped, so no task is counted between one line and the next.
  const scraped = await scrape();
  const values = (metric: string) => valuesOf(metric, queue, scraped);
  expect(values('temporal_bun_activity_tasks')).toEqual({ 'good completed': 2, 'bad failed': 1 });
  expect(values('temporal_bun_activity_execution_latency_count')).toEqual({ good: 2, bad: 1 });
  const tasks = values('temporal_bun_workflow_tasks');
  // Two tasks for each of the three workflows.
  expect(tasks.completed).toBeGreaterThanOrEqual(6);
  expect(tasks.failed).toBeGreaterThanOrEqual(1);
  const total = Object.values(tasks).reduce((sum, count) => sum + count);
  expect(values('temporal_bun_workflow_task_latency_count')).toEqual({ '': total });
}, 30_000);
