// @temporalio/worker on Node: worker.mjs ADDRESS TASK_QUEUE MAX_CACHED_WORKFLOWS [METRICS_ADDRESS]. Serves its metrics to
// Prometheus there. Prints "running" once it takes tasks; ends with its input.
import { fileURLToPath } from 'node:url';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import * as activities from './activities.mjs';

const [address, taskQueue, maxCachedWorkflows, bindAddress] = process.argv.slice(2);
const metrics = bindAddress && { prometheus: { bindAddress } };
Runtime.install({ shutdownSignals: [], telemetryOptions: { metrics: metrics || undefined } });
const connection = await NativeConnection.connect({ address });
const worker = await Worker.create({
  connection,
  taskQueue,
  maxCachedWorkflows: Number(maxCachedWorkflows),
  workflowsPath: fileURLToPath(new URL('./workflows.ts', import.meta.url)),
  activities,
  maxHeartbeatThrottleInterval: 100,
});
const ended = new Promise((resolve) => process.stdin.resume().once('end', resolve));
console.log('running');
await worker.runUntil(ended);
process.exit(0);
