import { expect, setDefaultTimeout, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { NativeConnection } from '../../src/connection/index.ts';
import { IllegalStateError } from '../../src/errors.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import type { WorkerOptions } from '../../src/worker/options/worker-options.ts';
import { WorkerRuntime } from '../../src/worker/worker.ts';
import { useDevServer } from '../support/dev-server.ts';
import { rejectionOf } from '../support/observe.ts';
import { RecordingLogger } from '../support/recording-logger.ts';

setDefaultTimeout(60_000);
const logger = new RecordingLogger();
Runtime.install({ logger });
const server = useDevServer();

const COLLECTED = 'A worker was garbage-collected that neither ran nor was disposed: call its dispose()';

/** The threads of this process that run JavaScript, apart from the main one. */
function workerThreads(): number {
  const tasks = readdirSync('/proc/self/task');
  return tasks.filter((task) => readFileSync(`/proc/self/task/${task}/comm`, 'utf8').startsWith('Worker')).length;
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
  const connections: NativeConnection[] = [];
  // The collector may take one for used because of what is on the stack, but not all.
  for (let i = 0; i < 3; i++) connections.push((await connectedWorker()).connection);
  let closed = 0;
  while (closed === 0) {
    Bun.gc(true);
    await new Promise(setImmediate);
    const closing = await Promise.allSettled(connections.map((connection) => connection.close()));
    closed = closing.filter(({ status }) => status === 'fulfilled').length;
  }
  expect(logger.messages('WARN')).toContain(COLLECTED);
});
