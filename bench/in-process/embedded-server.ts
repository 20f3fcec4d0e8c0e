// The embedded server with our worker, all in this process: how long a server takes to start, and many workflows that wait for a
// day each. Prints one line of JSON.
import { WorkflowClient } from '@temporalio/client';
import { Worker } from 'temporal-bun-sdk';
import { TestWorkflowEnvironment } from 'temporal-bun-sdk/testing';
import { median } from '../lib/figures.ts';
import { inTurns } from '../lib/load.ts';

const STARTS = 50;
const WAITING = 10_000;
const AT_A_TIME = 200;

async function startMs(): Promise<number> {
  const before = performance.now();
  const environment = await TestWorkflowEnvironment.createEmbedded();
  const taken = performance.now() - before;
  await environment.teardown();
  return taken;
}

/** Seconds until all of the workflows have waited. */
async function waitingSeconds(): Promise<number> {
  const environment = await TestWorkflowEnvironment.createEmbedded({ server: { time: 'unlocked' } });
  const worker = await Worker.create({
    connection: environment.nativeConnection,
    taskQueue: 'waiting',
    workflowsPath: `${import.meta.dir}/../work/waiting.ts`,
  });
  const client = new WorkflowClient({ connection: environment.nativeConnection });
  const seconds = await worker.runUntil(async () => {
    const before = performance.now();
    let count = 0;
    await inTurns(WAITING, AT_A_TIME, async () => {
      await client.execute('waits', { taskQueue: 'waiting', workflowId: `waits-${count++}` });
    });
    return (performance.now() - before) / 1_000;
  });
  await environment.teardown();
  return seconds;
}

const starts: number[] = [];
for (let start = 0; start < STARTS; start++) starts.push(await startMs());
console.log(
  JSON.stringify({
    'embedded server, start': median(starts),
    'embedded server, 10,000 workflows that wait a day': await waitingSeconds(),
  }),
);
