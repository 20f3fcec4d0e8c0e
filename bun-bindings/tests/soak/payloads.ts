// Large payloads by hand: payloads.ts MINUTES [BYTES [PAUSE_MS]]. Workflows on a dev server hand what they get, 1 MiB by default, to an
// activity and give it back, two at a time, and are deleted then; a pause, none by default, makes the load smaller. At the end it
// prints what the worker's process holds, and how fast that grew; it fails if that is too fast.
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { NativeConnection } from '../../src/connection/index.ts';
import { DefaultLogger } from '../../src/runtime/logger.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import { Persistence } from '../chaos/persistent.ts';
import { ServerProcess } from '../chaos/server-process.ts';
import { echoed } from '../fixtures/host-workflows.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WorkerProcess } from '../support/worker-process.ts';
import { growth, steadyGrowth } from './growth.ts';
import { HoldingsRecord, holdingsOf } from './holdings.ts';

const AT_ONCE = 2;
const TASK_QUEUE = 'payloads';
const MiB = 1024 ** 2;
const [minutes = '1', bytes = String(MiB), pauseMs = '0'] = process.argv.slice(2);
const ms = Number(minutes) * 60_000;

Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: 'OFF' } } });
await using folder = await temporaryFolder();
await using server = new ServerProcess(join(folder.path, 'server.sqlite'));
const address = `127.0.0.1:${server.port}`;
const connection = await new Persistence().send(() => NativeConnection.connect({ address }));
const client = new Client({ connection });
const worker = WorkerProcess.spawn([`${import.meta.dir}/fixtures/payload-worker.ts`, address, TASK_QUEUE]);
await worker.says('running');

const payload = crypto.getRandomValues(new Uint8Array(65_536));
const large = Buffer.alloc(Number(bytes), payload);
const startedAt = performance.now();
let ended = 0;

async function carryOne(): Promise<void> {
  const workflowId = crypto.randomUUID();
  const options = { taskQueue: TASK_QUEUE, workflowId, args: [TASK_QUEUE, large] as [string, unknown] };
  const result = (await client.workflow.execute(echoed, options)) as Uint8Array;
  if (!large.equals(result)) throw new Error(`${workflowId} gave other bytes`);
  // Or else the database would grow by some gigabytes an hour.
  await client.workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution: { workflowId } });
  ended++;
}

async function carryInTurns(): Promise<void> {
  while (performance.now() - startedAt < ms) {
    await carryOne();
    await Bun.sleep(Number(pauseMs));
  }
}

using holdings = new HoldingsRecord(() => holdingsOf(worker.process.pid));
await Promise.all(Array.from({ length: AT_ONCE }, carryInTurns));
const [before, after] = [holdings.after(ms / 5), holdings.end()];
const slopes = holdings.slopes(ms / 5, ms);
console.log(JSON.stringify({ minutes, bytes, pauseMs, workflows: ended, before, after, slopes }, null, 2));
const complaints = [...growth(before, after), ...(slopes === undefined ? [] : steadyGrowth(slopes))];
for (const complaint of complaints) console.log(`failure: ${complaint}`);
await worker.end('SIGTERM');
await connection.close();
process.exitCode = complaints.length === 0 ? 0 : 1;
