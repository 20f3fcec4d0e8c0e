import { expect, setDefaultTimeout, test } from 'bun:test';
import type { MetricsExporterConfig } from '../../src/index.ts';
import { useClient } from '../support/client.ts';
import { useDevServer } from '../support/dev-server.ts';
import { freePort } from '../support/free-port.ts';
import { WorkerProcess } from '../support/worker-process.ts';
import { type Family, scrape } from '../telemetry/scrape.ts';
import * as workflows from '../upstream/workflows.ts';

setDefaultTimeout(120_000);
const server = useDevServer();
const open = useClient(server);

/** Gives a worker work that all of its metrics tell of. */
async function work(taskQueue: string): Promise<void> {
  const { workflow } = open.client;
  const start = <A extends unknown[]>(type: (...args: A) => Promise<unknown>, ...args: A) =>
    workflow.start(type as (...args: unknown[]) => Promise<unknown>, {
      taskQueue,
      workflowId: crypto.randomUUID(),
      args,
    });
  const ending = await Promise.all([
    start(workflows.activitiesOfAllKinds),
    start(workflows.localActivities),
    start(workflows.timers),
    start(workflows.countdown, 2),
    start(workflows.failing),
  ]);
  const cancelled = await start(workflows.cancelled);
  const collector = await start(workflows.collector);
  await collector.signal(workflows.put, 'a');
  await collector.executeUpdate(workflows.add, { args: ['b'] });
  await collector.query(workflows.values);
  await collector.signal(workflows.finish);
  await cancelled.cancel();
  await Promise.allSettled([...ending, cancelled, collector].map((handle) => handle.result()));
}

/** The kind and the names of the labels of each metric, by its name. */
function shapes(families: Map<string, Family>): Record<string, string> {
  const described = [...families.values()].map(({ name, type, metric }) => {
    const labels = new Set(metric.flatMap(({ label = [] }) => label.map(({ name }) => name)));
    return [name, `${type} ${[...labels].sort().join(' ')}`] as const;
  });
  return Object.fromEntries(described.sort(([a], [b]) => (a < b ? -1 : 1)));
}

test('the health server has the metrics of @temporalio/worker on Node, with their names, kinds and labels', async () => {
  const [there, here] = [freePort(), freePort()];
  const [nodeQueue, bunQueue] = [`node-${crypto.randomUUID()}`, `bun-${crypto.randomUUID()}`];
  const [node, bun] = await Promise.all([
    WorkerProcess.startNode([
      `${import.meta.dir}/../upstream/worker.mjs`,
      server.address,
      nodeQueue,
      '100',
      `127.0.0.1:${there}`,
    ]),
    startHere(bunQueue, here),
  ]);
  await Promise.all([work(nodeQueue), work(bunQueue)]);
  const ours = shapes(await scrape(`127.0.0.1:${here}`));
  const theirs = shapes(await scrape(`127.0.0.1:${there}`));
  await Promise.all([node.endInput(), bun.endInput()]);

  // On a busy machine a task can be answered too late for the server, on either side.
  for (const metrics of [ours, theirs]) delete metrics.temporal_request_failure;
  // It comes when the memory is looked at for the first time, which may be later.
  delete ours.temporal_bun_workflow_cache_memory;
  const own = Object.entries(ours).filter(([name]) => name.startsWith('temporal_bun_'));
  const shared = Object.entries(ours).filter(([name]) => !name.startsWith('temporal_bun_'));
  expect(Object.fromEntries(shared)).toEqual(theirs);
  expect(Object.keys(theirs).length).toBeGreaterThan(20);
  expect(Object.fromEntries(own)).toEqual({
    temporal_bun_activity_execution_latency: 'HISTOGRAM activity_type namespace task_queue',
    temporal_bun_activity_tasks: 'COUNTER activity_type namespace outcome task_queue',
    temporal_bun_workflow_task_latency: 'HISTOGRAM namespace task_queue',
    temporal_bun_workflow_tasks: 'COUNTER namespace outcome task_queue',
  });
});

test('metrics that are sent elsewhere are not served, and the page says what to set', async () => {
  const port = freePort();
  const worker = await startHere(`elsewhere-${port}`, port, { otel: { url: 'http://127.0.0.1:1' } });
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  expect(response.status).toBe(404);
  const body = await response.text();
  expect(body).toContain('telemetryOptions.metrics is no exporter for Prometheus');
  expect(body).toContain("prometheus: { bindAddress: '127.0.0.1:0' }");
  await worker.endInput();
});

/** Starts a worker whose metrics go to its health server, unless `metrics` says where else. */
async function startHere(taskQueue: string, port: number, metrics?: MetricsExporterConfig): Promise<WorkerProcess> {
  const script = `${import.meta.dir}/../fixtures/telemetry/served-metrics.ts`;
  // A proxy is for the outside, not for the metrics of this machine.
  const env = { HTTP_PROXY: 'http://127.0.0.1:1', http_proxy: 'http://127.0.0.1:1' };
  const args = [server.address, taskQueue, String(port), ...(metrics === undefined ? [] : [JSON.stringify(metrics)])];
  const worker = WorkerProcess.spawn([script, ...args], { stdin: 'pipe', env });
  await worker.says('running');
  return worker;
}
