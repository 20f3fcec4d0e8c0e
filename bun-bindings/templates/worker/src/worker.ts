import { loadTemporalConfig, NativeConnection, Worker } from '@temporalio/worker';
import * as activities from './activities';

// Reads TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS… and the profiles of the Temporal CLI.
const { connectionOptions, namespace, taskQueue = 'hello', identity } = await loadTemporalConfig();
const connection = await NativeConnection.connect(connectionOptions);
try {
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue,
    identity,
    workflowsPath: require.resolve('./workflows'),
    activities,
  });
  await worker.run(); // until SIGINT or SIGTERM
} finally {
  await connection.close();
}
