import { expect, setDefaultTimeout, test } from 'bun:test';
import { temporal } from '@temporalio/proto';
import { useClient } from '../support/client.ts';
import { useDevServer } from '../support/dev-server.ts';
import { attributesOf, Collector, pointsOf } from './collector.ts';
import { MeasuredWorker } from './measured-worker.ts';

setDefaultTimeout(60_000);
/** Servers tell in a namespace's capabilities whether they take heartbeats; this one does so only if it is told to. */
const settings = ['frontend.WorkerHeartbeatsEnabled=true', 'frontend.ListWorkersEnabled=true'];
const server = useDevServer({ extraArgs: settings.flatMap((setting) => ['--dynamic-config-value', setting]) });
const open = useClient(server);
const { WorkerStatus } = temporal.api.enums.v1;

/** Resolves with the server's knowledge of the worker on a task queue. */
async function heartbeatOf({ taskQueue }: MeasuredWorker) {
  const { workersInfo } = await open.client.workflowService.listWorkers({ namespace: 'default', pageSize: 100 });
  return workersInfo.find(({ workerHeartbeat }) => workerHeartbeat?.taskQueue === taskQueue)?.workerHeartbeat;
}

/** Runs a worker, and resolves when the collector knows of so many heartbeats of it. */
async function untilHeartbeats(collector: Collector, count: number): Promise<void> {
  for (;;) {
    const { metrics } = await collector.untilBatch('temporal_request');
    const sent = metrics
      .filter(({ name }) => name === 'temporal_request')
      .flatMap(pointsOf)
      .find((point) => attributesOf(point).operation === 'RecordWorkerHeartbeat');
    if (Number(sent?.asInt ?? 0) >= count) return;
  }
}

test.concurrent('a worker tells the server that it lives, as often as the option says', async () => {
  await using collector = await Collector.start();
  const telemetry = { metrics: { otel: { url: `http://${collector.grpc}`, metricsExportInterval: '50ms' } } };
  const worker = await MeasuredWorker.run(server.address, telemetry, { workerHeartbeatInterval: '1s' });
  await untilHeartbeats(collector, 2);

  const heartbeat = await heartbeatOf(worker);
  expect(heartbeat).toMatchObject({
    status: WorkerStatus.WORKER_STATUS_RUNNING,
    sdkName: 'temporal-bun-sdk',
    hostInfo: { processId: String(worker.process.pid) },
    workflowTaskSlotsInfo: { totalProcessedTasks: 2 },
    activityTaskSlotsInfo: { totalProcessedTasks: 1 },
  });
  const { workerInfo } = await open.client.workflowService.describeWorker({
    namespace: 'default',
    workerInstanceKey: heartbeat?.workerInstanceKey,
  });
  expect(workerInfo?.workerHeartbeat?.taskQueue).toBe(worker.taskQueue);

  await worker.end();
  expect((await heartbeatOf(worker))?.status).toBe(WorkerStatus.WORKER_STATUS_SHUTTING_DOWN);
});

test.concurrent('with 0 the server hears nothing', async () => {
  const worker = await MeasuredWorker.run(server.address, {}, { workerHeartbeatInterval: 0 });
  expect(await heartbeatOf(worker)).toBeUndefined();
  await worker.end();
  expect(await heartbeatOf(worker)).toBeUndefined();
});

test.concurrent('by default heartbeats are on', async () => {
  const worker = await MeasuredWorker.run(server.address, {});
  await worker.end();
  expect(await heartbeatOf(worker)).toBeDefined();
});
