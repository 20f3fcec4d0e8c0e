// A worker for `temporal-bun compile`: like `work()` of `work/worker.mjs`, with the workflows named for the compiler to see.
import { DefaultLogger, NativeConnection, Runtime, Worker } from 'temporal-bun-sdk';
import * as activities from '../work/activities.mjs';

const { address, taskQueue } = JSON.parse(process.argv[3] ?? '{}') as { address: string; taskQueue: string };
Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: 'ERROR' } } });
const connection = await NativeConnection.connect({ address });
const worker = await Worker.create({
  connection,
  taskQueue,
  workflowsPath: require.resolve('../work/workflows.ts'),
  activities,
});
const running = worker.run();
console.log(JSON.stringify({ event: 'polling' }));
process.stdin.resume().once('end', () => worker.shutdown());
await running;
await connection.close();
