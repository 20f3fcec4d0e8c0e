// A worker as it stands in production: runs until SIGINT or SIGTERM. Run it with `bun worker.ts`.
import { NativeConnection, Worker } from '@temporalio/worker';
import * as activities from './activities.ts';

const connection = await NativeConnection.connect({ address: process.env.TEMPORAL_ADDRESS ?? 'localhost:7233' });
try {
  const worker = await Worker.create({
    connection,
    namespace: process.env.TEMPORAL_NAMESPACE ?? 'default',
    taskQueue: 'hello',
    workflowsPath: require.resolve('./workflows.ts'),
    activities,
  });
  await worker.run();
} finally {
  await connection.close();
}
