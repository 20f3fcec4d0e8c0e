// The worker for an executable: `bun bundle-workflows.ts && bun build --compile one-file.ts --outfile worker`.
import { NativeConnection, Worker } from '@temporalio/worker';
import * as activities from './activities.ts';
import code from './workflow-bundle.txt' with { type: 'text' };

const connection = await NativeConnection.connect({ address: process.env.TEMPORAL_ADDRESS ?? 'localhost:7233' });
try {
  const worker = await Worker.create({
    connection,
    namespace: process.env.TEMPORAL_NAMESPACE ?? 'default',
    taskQueue: 'hello',
    workflowBundle: { code },
    activities,
  });
  await worker.run();
} finally {
  await connection.close();
}
