// Shows the whole way: a real server, a worker, a workflow and its activity. Ends by itself. `make run` runs it.
import { rm } from 'node:fs/promises';
import { Worker } from '@temporalio/worker';
import { TestWorkflowEnvironment } from '@temporalio/worker/testing';
import * as activities from './activities.ts';
import { hello } from './workflows.ts';

const dbFile = `${import.meta.dir}/temporal.db`;
const started = performance.now();

function progress(text: string): void {
  console.log(`[${((performance.now() - started) / 1000).toFixed(1)} s] ${text}`);
}

progress('starting a Temporal server (a few seconds the first time)');
await rm(dbFile, { force: true });
const server = await TestWorkflowEnvironment.createLocal({ server: { dbFilename: dbFile } });
try {
  progress(`the server answers at ${server.address}; starting a worker`);
  const worker = await Worker.create({
    connection: server.nativeConnection,
    taskQueue: 'hello',
    workflowsPath: require.resolve('./workflows.ts'),
    activities,
  });
  await worker.runUntil(async () => {
    progress('the worker takes tasks; starting a workflow');
    const workflowId = `hello-${Date.now()}`;
    const result = await server.client.workflow.execute(hello, { taskQueue: 'hello', workflowId, args: ['Bun'] });
    progress(`workflow ${workflowId} completed: ${result}`);
  });
} finally {
  await server.teardown();
}
console.log(`\nThe workflow's history is in ${dbFile}. To look at it in a browser, at http://localhost:8233:`);
console.log(`  ${Bun.which('temporal')} server start-dev --db-filename ${dbFile}`);
