// Shows the whole way: a real server, a worker, a workflow and its activity. Ends by itself. `make run` runs it.
import { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import * as activities from './activities.ts';
import { startDevServer } from './dev-server.ts';
import { hello } from './workflows.ts';

const dbFile = `${import.meta.dir}/temporal.db`;
const started = performance.now();

function progress(text: string): void {
  console.log(`[${((performance.now() - started) / 1000).toFixed(1)} s] ${text}`);
}

progress('starting a Temporal server (a few seconds the first time)');
const server = await startDevServer(dbFile);
try {
  progress(`the server answers at ${server.address}; starting a worker`);
  const connection = await NativeConnection.connect({ address: server.address });
  try {
    const worker = await Worker.create({
      connection,
      taskQueue: 'hello',
      workflowsPath: require.resolve('./workflows.ts'),
      activities,
    });
    await worker.runUntil(async () => {
      progress('the worker takes tasks; starting a workflow');
      const client = new Client({ connection });
      const workflowId = `hello-${Date.now()}`;
      const result = await client.workflow.execute(hello, { taskQueue: 'hello', workflowId, args: ['Bun'] });
      progress(`workflow ${workflowId} completed: ${result}`);
    });
  } finally {
    await connection.close();
  }
} finally {
  await server.stop();
}
console.log(`\nThe workflow's history is in ${dbFile}. To look at it in a browser, at http://localhost:8233:`);
console.log(`  ${Bun.which('temporal')} server start-dev --db-filename ${dbFile}`);
