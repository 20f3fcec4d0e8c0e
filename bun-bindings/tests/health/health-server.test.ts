import { expect, setDefaultTimeout, test } from 'bun:test';
import { NativeConnection } from '../../src/connection/index.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import type { WorkerOptions } from '../../src/worker/options/worker-options.ts';
import { WorkerRuntime } from '../../src/worker/worker.ts';
import * as workflows from '../fixtures/tuning-workflows.ts';
import { hello } from '../fixtures/workflows.ts';
import { useDevServer } from '../support/dev-server.ts';
import { freePort } from '../support/free-port.ts';
import { rejectionOf, start } from '../support/observe.ts';
import { type ProxyHandler, ServerProxy } from '../support/server-proxy.ts';
import { fixtureOptions, withWorker } from '../support/test-worker.ts';
import { Crowd } from '../worker-options/crowd.ts';

setDefaultTimeout(60_000);
// Other files of a test run may have sent the metrics elsewhere.
Runtime.install({});
const server = useDevServer();
const workflowsPath = `${import.meta.dir}/../fixtures/tuning-workflows.ts`;

/** Fetches a page of a health server. */
async function page(port: number, path: string, hostname = '127.0.0.1'): Promise<{ status: number; body: string }> {
  const response = await fetch(`http://${hostname}:${port}${path}`);
  return { status: response.status, body: (await response.text()).trim() };
}

/** Tells whether anybody listens on a port of this machine. */
async function isServed(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/healthz`).then(
    () => true,
    () => false,
  );
}

test('a worker that runs is healthy and ready, and tells its status', async () => {
  const port = freePort();
  await withWorker(server, { healthServer: { port } }, async ({ worker }) => {
    expect(await page(port, '/healthz')).toEqual({ status: 200, body: 'ok' });
    expect(await page(port, '/readyz')).toEqual({ status: 200, body: 'ready' });
    const { body } = await page(port, '/status');
    expect(JSON.parse(body)).toEqual(worker.getStatus());
    expect(JSON.parse(body)).toMatchObject({ runState: 'RUNNING', workflowPollerState: 'POLLING' });
    expect((await page(port, '/other')).status).toBe(404);
  });
  expect(await isServed(port)).toBe(false);
});

test('a connection that serves metrics from its second worker on stays the connection of the first', async () => {
  const port = freePort();
  const options = fixtureOptions();
  const keys = new Set<unknown>();
  const proxy = await ServerProxy.start(server.address, {
    PollActivityTaskQueue({ request, metadata, forward }) {
      if (request.includes(options.taskQueue)) for (const key of metadata.get('key')) keys.add(key);
      return forward();
    },
  });
  await withWorker(proxy, options, async ({ worker: first, client, taskQueue }) => {
    const connection = first.connection as NativeConnection;
    const second = await WorkerRuntime.create({ ...fixtureOptions(), connection, healthServer: { port } });
    await second.runUntil(async () => {
      const { status, body } = await page(port, '/metrics');
      expect(status).toBe(200);
      expect(body).toMatch(new RegExp(`^temporal_worker_start{.*task_queue="${second.options.taskQueue}"`, 'm'));
      expect(body).toMatch(/^temporal_request{.*operation="DescribeNamespace"/m);
      await connection.setMetadata({ key: 'new' });
      const handle = await start({ client, taskQueue }, hello, ['you']);
      expect(await handle.result()).toContain('you');
    });
    expect([...keys]).toEqual(['new']);
  });
  proxy.stop();
});

test('a worker that does not run yet, or drains, is healthy but not ready', async () => {
  const port = freePort();
  const crowd = new Crowd();
  const connection = await NativeConnection.connect({ address: server.address });
  const options = { ...fixtureOptions(), workflowsPath, activities: { work: crowd.join }, healthServer: { port } };
  const worker = await WorkerRuntime.create({ ...options, connection, shutdownGraceTime: '1 minute' });
  const { taskQueue } = options;
  expect(await page(port, '/readyz')).toEqual({
    status: 503,
    body: `the worker of task queue ${taskQueue} is not ready: run() has not been called yet`,
  });
  expect((await page(port, '/healthz')).status).toBe(200);

  const stopped = worker.run();
  const client = worker.client;
  if (client === undefined) throw new Error('a worker of a server has a client');
  const handle = await start({ client, taskQueue }, workflows.manyActivities, [1]);
  await crowd.reaches(1);
  worker.shutdown();
  const { status, body } = await page(port, '/readyz');
  expect(status).toBe(503);
  expect(body).toContain('it is shutting down and completes the tasks that it has taken');
  expect((await page(port, '/healthz')).status).toBe(200);
  expect(JSON.parse((await page(port, '/status')).body)).toMatchObject({
    runState: 'DRAINING',
    numInFlightActivities: 1,
  });

  crowd.letGo();
  await stopped;
  expect(await isServed(port)).toBe(false);
  await handle.terminate();
  await connection.close();
});

test('a worker whose server refuses, is silent or is gone is not ready, although its state is RUNNING', async () => {
  const port = freePort();
  let describe: 'forward' | 'refuse' | 'keep silent' = 'forward';
  const proxy = await ServerProxy.start(server.address, {
    DescribeNamespace({ forward }) {
      if (describe === 'forward') return forward();
      if (describe === 'refuse') return Promise.reject({ code: 7, details: 'the key was revoked' });
      return new Promise(() => undefined);
    },
  });
  await withWorker(proxy, { healthServer: { port } }, async ({ worker }) => {
    expect((await page(port, '/readyz')).status).toBe(200);

    describe = 'refuse';
    const refused = await page(port, '/readyz');
    expect(refused.status).toBe(503);
    expect(refused.body).toContain('does not answer for namespace default');
    expect(refused.body).toContain('the key was revoked');

    describe = 'keep silent';
    const silent = await Promise.all([page(port, '/readyz'), page(port, '/readyz')]);
    expect(silent.map(({ status }) => status)).toEqual([503, 503]);

    describe = 'forward';
    expect((await page(port, '/readyz')).status).toBe(200);

    proxy.stop();
    expect((await page(port, '/readyz')).status).toBe(503);
    expect(worker.getState()).toBe('RUNNING');
    expect((await page(port, '/healthz')).status).toBe(200);
  });
});

test('a worker whose polls alone are refused is not ready, until they are taken again', async () => {
  const port = freePort();
  let isRefused = false;
  const poll: ProxyHandler = ({ forward }) =>
    isRefused ? Promise.reject({ code: 7, details: 'this key may not poll' }) : forward();
  const proxy = await ServerProxy.start(server.address, { PollActivityTaskQueue: poll });
  const activities = { work: async () => undefined };
  await withWorker(proxy, { healthServer: { port }, workflowsPath, activities }, async ({ worker }) => {
    const { taskQueue } = worker.options;
    expect(await page(port, '/readyz')).toEqual({ status: 200, body: 'ready' });
    isRefused = true;
    // The first look finds out, the second goes by it.
    await page(port, '/readyz');
    const refused = await page(port, '/readyz');
    expect(refused.status).toBe(503);
    expect(refused.body).toStartWith(
      `the worker of task queue ${taskQueue} is not ready: the server at http://${proxy.address}`,
    );
    expect(refused.body).toMatch(/refuses polls for activity tasks of namespace default: .*: this key may not poll$/);
    expect(worker.getState()).toBe('RUNNING');
    isRefused = false;
    expect(await page(port, '/readyz')).toEqual({ status: 200, body: 'ready' });
  });
  proxy.stop();
});

test('workers of one process share an address, and are ready when all are', async () => {
  const port = freePort();
  const healthServer = { port };
  await withWorker(server, { healthServer }, async (first) => {
    const connection = await NativeConnection.connect({ address: server.address });
    const second = await WorkerRuntime.create({ ...fixtureOptions(), connection, healthServer });
    const { status, body } = await page(port, '/readyz');
    expect(status).toBe(503);
    expect(body).toStartWith(`the worker of task queue ${second.options.taskQueue} is not ready`);
    await second.runUntil(async () => {
      expect((await page(port, '/readyz')).status).toBe(200);
      expect(JSON.parse((await page(port, '/status')).body)).toEqual([first.worker.getStatus(), second.getStatus()]);
    });
    expect((await page(port, '/readyz')).status).toBe(200);
    await connection.close();
  });
  expect(await isServed(port)).toBe(false);
});

test.each<[unknown, RegExp]>([
  [5, /^WorkerOptions\.healthServer must be an object, got 5$/],
  [{}, /^WorkerOptions\.healthServer\.port must be an integer from 0 to 65535/],
  [{ port: -1 }, /^WorkerOptions\.healthServer\.port must be an integer from 0 to 65535, got -1$/],
  [{ port: 65_536 }, /healthServer\.port must be an integer from 0 to 65535, got 65536$/],
  [{ port: '9000' }, /healthServer\.port must be an integer from 0 to 65535, got "9000"$/],
  [{ port: 0, hostname: '' }, /^WorkerOptions\.healthServer\.hostname must be a string that is not empty/],
  [{ port: 0, hostname: 'no.such.host.invalid' }, /^WorkerOptions\.healthServer\.hostname: cannot listen on no\.such/],
  [{ port: 0, hostname: '192.0.2.7' }, /^WorkerOptions\.healthServer\.hostname: cannot listen on 192\.0\.2\.7/],
])('a worker is not created with the health server %p', async (healthServer, message) => {
  await using connection = await connect();
  const options = { ...fixtureOptions(), connection: connection.native, healthServer } as WorkerOptions;
  expect((await rejectionOf(WorkerRuntime.create(options))).message).toMatch(message);
});

test('a port that is taken is named, and nothing of the worker stays', async () => {
  using other = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('mine') });
  const port = other.port as number;
  await using connection = await connect();
  const options = { ...fixtureOptions(), connection: connection.native, healthServer: { port } };
  expect((await rejectionOf(WorkerRuntime.create(options))).message).toBe(
    `WorkerOptions.healthServer.port: another process or server listens on port ${port} of 127.0.0.1`,
  );
});

/** A connection that is closed at the end of the test, which fails if a worker still holds it. */
async function connect() {
  const native = await NativeConnection.connect({ address: server.address });
  return { native, [Symbol.asyncDispose]: () => native.close() };
}
