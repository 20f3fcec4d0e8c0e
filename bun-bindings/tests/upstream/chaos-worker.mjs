// @temporalio/worker on Node, for workflows only: chaos-worker.mjs ADDRESS TASK_QUEUE MAX_CACHED_WORKFLOWS. Prints "running" once it
// takes tasks.
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { chaosBundle } from './chaos-bundle.mjs';

const [address, taskQueue, maxCachedWorkflows] = process.argv.slice(2);
const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, log() {} };
Runtime.install({ logger: silent, telemetryOptions: { logging: { filter: 'OFF', forward: {} } } });
const connection = await NativeConnection.connect({ address });
const worker = await Worker.create({
  connection,
  taskQueue,
  ...chaosBundle,
  maxCachedWorkflows: Number(maxCachedWorkflows),
  // Node crashes with a corrupted stack of async hooks when this passes, as it does for a process that is stopped for as long.
  isolateExecutionTimeout: '1m',
  stickyQueueScheduleToStartTimeout: '2s',
  shutdownGraceTime: '1s',
  shutdownForceTime: '15s',
});
const stopped = worker.run();
console.log('running');
await stopped;
await connection.close();
process.exit(0);
