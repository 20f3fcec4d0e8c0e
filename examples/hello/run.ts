// Shows the whole way: a server, a worker, a workflow and its activity. Ends by itself. `make run` runs it.
//
// SERVER=dev takes Temporal's dev server, SERVER=embedded the one inside of this process. Without it, it is the dev server
// where PATH has `temporal`.
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

async function startDev(): Promise<TestWorkflowEnvironment> {
  progress('starting a Temporal server (a few seconds the first time)');
  await rm(dbFile, { force: true });
  const server = await TestWorkflowEnvironment.createLocal({ server: { dbFilename: dbFile } });
  progress(`the server answers at ${server.address}; starting a worker`);
  return server;
}

async function startEmbedded(): Promise<TestWorkflowEnvironment> {
  if (!process.env.SERVER) progress('there is no `temporal` on PATH: the server is one inside of this process');
  const server = await TestWorkflowEnvironment.createEmbedded();
  progress('the embedded server is there; starting a worker');
  return server;
}

const kind = process.env.SERVER || (Bun.which('temporal') ? 'dev' : 'embedded');
if (kind !== 'dev' && kind !== 'embedded') throw new TypeError(`SERVER is "${kind}": it can be "dev" or "embedded"`);
const server = kind === 'dev' ? await startDev() : await startEmbedded();
try {
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
if (kind === 'dev') {
  console.log(`\nThe workflow's history is in ${dbFile}. To look at it in a browser, at http://localhost:8233:`);
  console.log(`  ${Bun.which('temporal')} server start-dev --db-filename ${dbFile}`);
} else {
  console.log('\nThe server has ended with this process. `make run SERVER=dev` runs the real one.');
}
