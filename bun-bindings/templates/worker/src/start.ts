// Starts one workflow and prints its result: `bun src/start.ts Ann`. The worker must be running.
import { Client } from '@temporalio/client';
import { loadTemporalConfig, NativeConnection } from '@temporalio/worker';
import { hello } from './workflows';

const { connectionOptions, namespace, taskQueue = 'hello' } = await loadTemporalConfig();
const connection = await NativeConnection.connect(connectionOptions);
try {
  const client = new Client({ connection, namespace });
  const workflowId = `hello-${crypto.randomUUID()}`;
  console.log(await client.workflow.execute(hello, { taskQueue, workflowId, args: [process.argv[2] ?? 'world'] }));
} finally {
  await connection.close();
}
