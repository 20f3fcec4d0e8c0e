import { describe, expect, test } from 'bun:test';
import { tmpdir } from 'node:os';
import { NativeConnection } from '../src/connection/index.ts';
import { TransportError } from '../src/errors.ts';
import { NativeServer } from '../src/native/server.ts';
import { Runtime } from '../src/runtime/runtime.ts';
import { WorkerRuntime } from '../src/worker/worker.ts';
import * as workflows from './fixtures/workflows.ts';
import { useClient } from './support/client.ts';
import { temporalCli, useDevServer } from './support/dev-server.ts';
import { fixtureOptions, withWorker } from './support/test-worker.ts';
import { WorkerProcess } from './support/worker-process.ts';

const server = useDevServer();
const open = useClient(server);

describe('a worker process', () => {
  test('that is killed while it works is replaced by another, and nothing is lost', async () => {
    const taskQueue = `kill-${crypto.randomUUID()}`;
    const first = await WorkerProcess.start(server.address, taskQueue);
    const waiting = await open.client.workflow.start(workflows.greeter, { taskQueue, workflowId: crypto.randomUUID() });
    await waiting.signal(workflows.addName, 'before');
    expect(await waiting.query(workflows.namesSoFar)).toEqual(['before']);
    expect(await first.end('SIGKILL')).toBe('SIGKILL');

    const second = await WorkerProcess.start(server.address, taskQueue);
    await waiting.signal(workflows.addName, 'after');
    await waiting.signal(workflows.finish);
    expect(await waiting.result()).toEqual(['Hello, before of 1!', 'Hello, after of 1!']);
    expect(await second.end('SIGTERM')).toBe(0);
  }, 120_000);

  test('ends with code 0 on SIGTERM, after the activity that it was at', async () => {
    const taskQueue = `term-${crypto.randomUUID()}`;
    const worker = await WorkerProcess.start(server.address, taskQueue);
    const workflowId = crypto.randomUUID();
    const handle = await open.client.workflow.start(workflows.slowThenHello, { taskQueue, workflowId, args: [1500] });
    await worker.says('activity started');
    expect(await worker.end('SIGTERM')).toBe(0);
    const events = (await handle.fetchHistory()).events ?? [];
    // A poll that was open when the signal came may still have brought the tasks that follow.
    expect(events.some((event) => event.activityTaskCompletedEventAttributes != null)).toBe(true);
    await handle.terminate();
  }, 60_000);

  test('ends at once on a second signal', async () => {
    const taskQueue = `twice-${crypto.randomUUID()}`;
    const worker = await WorkerProcess.start(server.address, taskQueue);
    const workflowId = crypto.randomUUID();
    const handle = await open.client.workflow.start(workflows.slowThenHello, { taskQueue, workflowId, args: [60_000] });
    await worker.says('activity started');
    worker.process.kill('SIGINT');
    worker.process.kill('SIGTERM');
    await worker.process.exited;
    expect([128 + 2, 128 + 15]).toContain(worker.process.exitCode as number);
    await handle.terminate();
  }, 60_000);
});

describe('a server', () => {
  test('that is unreachable at the start is one clear error', async () => {
    const error = await NativeConnection.connect({ address: '127.0.0.1:1' }).catch((error) => error);
    expect(error).toBeInstanceOf(TransportError);
  });

  test('without the namespace is one clear error, which names it', async () => {
    const options = { ...fixtureOptions(), connection: open.connection, namespace: 'no-such-namespace' };
    const error = await WorkerRuntime.create(options).catch((error) => error);
    expect(error.message).toContain('no-such-namespace');
  });

  test('that is lost midway and comes back finds the worker still there', async () => {
    const runtime = Runtime.instance();
    const dbFilename = `${tmpdir()}/temporal-${crypto.randomUUID()}.db`;
    const start = (port?: number) =>
      NativeServer.startDev(runtime.native, runtime.queue, {
        executable: { path: temporalCli() },
        quiet: true,
        dbFilename,
        port,
      });
    const first = await start();
    const address = first.target;
    const result = await withWorker({ connectionOptions: { address } }, {}, async ({ client, taskQueue }) => {
      const workflowId = crypto.randomUUID();
      const handle = await client.workflow.start(workflows.greeter, { taskQueue, workflowId });
      await handle.signal(workflows.addName, 'before');
      expect(await handle.query(workflows.namesSoFar)).toEqual(['before']);
      await first.stop(runtime.queue);
      const second = await start(Number(address.split(':').at(-1)));
      await handle.signal(workflows.addName, 'after');
      await handle.signal(workflows.finish);
      const result = await handle.result();
      return { result, second };
    });
    expect(result.result).toEqual(['Hello, before of 1!', 'Hello, after of 1!']);
    await result.second.stop(runtime.queue);
  }, 120_000);
});
