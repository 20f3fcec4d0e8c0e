import { expect, setDefaultTimeout, test } from 'bun:test';
import { tmpdir } from 'node:os';
import { NativeServer } from '../../src/native/server.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import * as workflows from '../fixtures/runaway-workflows.ts';
import { useClient } from '../support/client.ts';
import { temporalCli, useDevServer } from '../support/dev-server.ts';
import { start } from '../support/observe.ts';
import { WorkerProcess } from '../support/worker-process.ts';

setDefaultTimeout(120_000);
const server = useDevServer();
const open = useClient(server);

function spawnWorker(address: string, taskQueue: string, ...options: string[]): WorkerProcess {
  const script = `${import.meta.dir}/../fixtures/shutdown-worker.ts`;
  return WorkerProcess.spawn([script, address, taskQueue, ...options]);
}

/** A worker in a process of its own, and its task queue. */
async function startWorker(address: string, ...options: string[]) {
  const taskQueue = `shutdown-${crypto.randomUUID()}`;
  const worker = spawnWorker(address, taskQueue, ...options);
  await worker.says('running');
  return { worker, taskQueue };
}

/** A worker whose only workflow thread runs code that cannot be interrupted, for a minute or so. */
async function startBusyWorker(...options: string[]) {
  const { worker, taskQueue } = await startWorker(server.address, ...options);
  const busy = await start({ client: open.client, taskQueue }, workflows.backtrack, []);
  await worker.says('busy');
  return { worker, busy };
}

test('the force time ends a worker whose workflow thread is busy, and the process ends by itself', async () => {
  const { worker, busy } = await startBusyWorker('100');
  const begin = performance.now();
  worker.process.kill('SIGTERM');
  expect(await worker.says(/^ended/)).toBe('ended FAILED');
  expect(await worker.process.exited).toBe(0);
  // The limit of the thread is a second.
  expect(performance.now() - begin).toBeLessThan(10_000);
  await busy.terminate();
});

test('without a force time such a worker ends when its thread is given up', async () => {
  const { worker, busy } = await startBusyWorker();
  worker.process.kill('SIGTERM');
  expect(await worker.says(/^ended/)).toBe('ended STOPPED');
  expect(await worker.process.exited).toBe(0);
  await busy.terminate();
});

test('a second signal ends such a worker at once', async () => {
  const { worker, busy } = await startBusyWorker();
  worker.process.kill('SIGINT');
  worker.process.kill('SIGTERM');
  await worker.process.exited;
  expect([128 + 2, 128 + 15]).toContain(worker.process.exitCode as number);
  await busy.terminate();
});

test('the force time ends a worker with an activity that is stuck', async () => {
  const { worker, taskQueue } = await startWorker(server.address, '100');
  const stuck = await start({ client: open.client, taskQueue }, workflows.callStuck, []);
  await worker.says('activity started');
  worker.process.kill('SIGTERM');
  expect(await worker.says(/^ended/)).toBe('ended FAILED');
  expect(await worker.process.exited).toBe(0);
  await stuck.terminate();
});

test('a worker ends whose main thread never comes to decide on a patch', async () => {
  const { worker, taskQueue } = await startWorker(server.address);
  const undecided = await start({ client: open.client, taskQueue }, workflows.undecided, []);
  await worker.says('busy');
  worker.process.kill('SIGTERM');
  expect(await worker.says(/^ended/)).toBe('ended STOPPED');
  expect(await worker.process.exited).toBe(0);
  await undecided.terminate();
});

test('a signal that comes while a worker is created ends it', async () => {
  const worker = spawnWorker(server.address, 'never-used');
  await worker.says('creating');
  worker.process.kill('SIGTERM');
  expect(await worker.says(/^ended/)).toBe('ended STOPPED');
  expect(await worker.process.exited).toBe(0);
});

test('a worker whose server is gone ends', async () => {
  const runtime = Runtime.instance();
  const executable = { path: temporalCli() };
  const dbFilename = `${tmpdir()}/temporal-${crypto.randomUUID()}.db`;
  const gone = await NativeServer.startDev(runtime.native, runtime.queue, { executable, quiet: true, dbFilename });
  const { worker } = await startWorker(gone.target);
  await gone.stop(runtime.queue);
  worker.process.kill('SIGTERM');
  expect(await worker.says(/^ended/)).toBe('ended STOPPED');
  expect(await worker.process.exited).toBe(0);
});
