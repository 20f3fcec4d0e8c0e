import { expect, setDefaultTimeout, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { NativeConnection } from '../../src/connection/index.ts';
import { IllegalStateError } from '../../src/errors.ts';
import type { WorkerOptions } from '../../src/worker/options/worker-options.ts';
import { WorkerRuntime } from '../../src/worker/worker.ts';
import { useDevServer } from '../support/dev-server.ts';
import { rejectionOf } from '../support/observe.ts';

setDefaultTimeout(60_000);
const server = useDevServer();

/** The threads of this process that run JavaScript, apart from the main one. */
function workerThreads(): number {
  return readdirSync('/proc/self/task').filter((task) => nameOf(task).startsWith('Worker')).length;
}

function nameOf(task: string): string {
  try {
    return readFileSync(`/proc/self/task/${task}/comm`, 'utf8');
  } catch {
    // It has ended since the list was read.
    return '';
  }
}

/** Makes a worker with a connection of its own, which cannot be closed while the worker uses it. */
async function connectedWorker(options: Partial<WorkerOptions> = {}) {
  const connection = await NativeConnection.connect({ address: server.address });
  const worker = await WorkerRuntime.create({
    connection,
    taskQueue: `dispose-${crypto.randomUUID()}`,
    workflowsPath: `${import.meta.dir}/../fixtures/activity-workflows.ts`,
    activities: { run() {} },
    ...options,
  });
  return { connection, worker };
}

test('a worker that never ran is disposed', async () => {
  const { connection, worker } = await connectedWorker();
  expect(await rejectionOf(connection.close())).toBeInstanceOf(IllegalStateError);
  await worker.dispose();
  expect(worker.getState()).toBe('STOPPED');
  expect(await rejectionOf(worker.run())).toBeInstanceOf(IllegalStateError);
  await worker.dispose();
  await connection.close();
});

test('its threads end', async () => {
  const { connection, worker } = await connectedWorker({ workflowThreadPoolSize: 2 });
  const threads = workerThreads();
  expect(threads).toBeGreaterThanOrEqual(2);
  await worker.dispose();
  expect(workerThreads()).toBeLessThanOrEqual(threads - 2);
  await connection.close();
});

test('a worker is disposed at the end of its scope, and with it the server that tells of its health', async () => {
  const { connection, worker } = await connectedWorker({ healthServer: { port: 0 } });
  {
    await using scoped = worker;
    expect(scoped.getState()).toBe('INITIALIZED');
  }
  expect(worker.getState()).toBe('STOPPED');
  await connection.close();
});

test('a worker that runs is shut down first', async () => {
  const { connection, worker } = await connectedWorker();
  const running = worker.run();
  await worker.dispose();
  expect(worker.getState()).toBe('STOPPED');
  await running;
  await worker.dispose();
  await connection.close();
});

test('what a forgotten worker holds is given back', async () => {
  const fixture = `${import.meta.dir}/../fixtures/forgotten-workers.ts`;
  const program = Bun.spawn([process.execPath, fixture, server.address], { stderr: 'inherit' });
  expect(JSON.parse(await program.stdout.text())).toContain(
    'A worker was garbage-collected that neither ran nor was disposed: call its dispose()',
  );
});
