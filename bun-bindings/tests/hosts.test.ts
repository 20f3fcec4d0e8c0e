import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import * as workflows from './fixtures/host-workflows.ts';
import { useDevServer } from './support/dev-server.ts';
import { LineReader } from './support/line-reader.ts';
import { failureOf, start } from './support/observe.ts';
import { useWorker } from './support/use-worker.ts';

setDefaultTimeout(60_000);
const server = useDevServer();
const root = join(import.meta.dir, '../..');
const library = join(root, 'target/release/libtemporal_bun_bridge.so');

/** The workers of examples/ that are written in other languages, and what starts them. */
const HOSTS = {
  'c-worker': (built: string) => [join(built, 'c-worker')],
  'python-worker': () => ['python3', join(root, 'examples/python-worker/worker.py')],
  'lua-worker': () => ['luajit', join(root, 'examples/lua-worker/worker.lua')],
};

let built: string;
beforeAll(async () => {
  built = mkdtempSync(join(tmpdir(), 'hosts-'));
  // As a user builds it, but for the static library.
  const prefix = join(built, 'prefix');
  await Bun.$`scripts/install-library`
    .cwd(root)
    .env({ ...process.env, PREFIX: prefix, LIBRARY: library })
    .quiet();
  await Bun.$`./build ${join(built, 'c-worker')}`
    .cwd(join(root, 'examples/c-worker'))
    .env({ ...process.env, PKG_CONFIG_PATH: join(prefix, 'lib/pkgconfig') })
    .quiet();
});
afterAll(() => rmSync(built, { recursive: true }));

/** Starts a worker of another language, and waits until it polls. */
async function startHost(name: keyof typeof HOSTS) {
  const host = Bun.spawn(HOSTS[name](built), {
    env: {
      ...process.env,
      TEMPORAL_ADDRESS: server.address,
      TEMPORAL_CONFIG_FILE: '/nowhere',
      TEMPORAL_BUN_BRIDGE: library,
      TEMPORAL_BUN_HEADER: join(root, 'include/temporal_bun_bridge.h'),
      LD_LIBRARY_PATH: join(built, 'prefix/lib'),
    },
    stdout: 'pipe',
    stderr: 'inherit',
  });
  const lines = new LineReader(host.stdout);
  await lines.until((line) => line === 'polling');
  return {
    async end() {
      host.kill('SIGTERM');
      expect(await lines.rest()).toEqual(['done']);
      expect(await host.exited).toBe(0);
    },
  };
}

/** Waits until the activity of a run has sent a heartbeat, and gives its details. */
async function heartbeatOf(handle: WorkflowHandle): Promise<unknown> {
  for (;;) {
    const { raw } = await handle.describe();
    const details = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0];
    if (details != null) return defaultPayloadConverter.fromPayload(details);
  }
}

const worker = useWorker(server, { workflowsPath: `${import.meta.dir}/fixtures/host-workflows.ts` });

test.each(Object.keys(HOSTS) as (keyof typeof HOSTS)[])('%s runs activities and ends in good order', async (name) => {
  const host = await startHost(name);
  const value = { some: ['thing', 1] };
  expect(await (await start(worker, workflows.echoed, [name, value])).result()).toEqual(value);
  const failed = await start(worker, workflows.failed, [name]);
  expect(await failureOf(failed)).toHaveProperty('cause.name', 'ApplicationFailure');

  // An activity is told of its cancellation in the answer to a heartbeat.
  const cancelled = await start(worker, workflows.waited, [name]);
  expect(await heartbeatOf(cancelled)).toBe('waiting');
  await cancelled.signal(workflows.cancelNow);
  expect(await cancelled.result()).toBe('cancellation');

  // One that runs when its worker is told to end is told as well, and the server hears of its end.
  const left = await start(worker, workflows.waited, [name]);
  await heartbeatOf(left);
  await host.end();
  expect(await left.result()).not.toBe('TimeoutFailure');
});

test('a workflow in Python calls an activity', async () => {
  const host = await startHost('python-worker');
  const handle = await worker.client.workflow.start('greeting', {
    taskQueue: 'python-worker',
    workflowId: crypto.randomUUID(),
    args: ['Bun'],
  });
  expect(await handle.result()).toBe('Hello, Bun!');
  await host.end();
});

test('the worker in Python answers what is cancelled before it starts, and what cannot be encoded', async () => {
  const answers = await Bun.$`python3 ${join(import.meta.dir, 'fixtures/python-worker-answers.py')}`
    .env({ ...process.env, PYTHONPATH: join(root, 'examples/python-worker'), TEMPORAL_BUN_BRIDGE: library })
    .text();
  expect(answers).toContain('{"taskToken":"AA==","result":{"cancelled":');
  expect(answers).toContain('{"taskToken":"AQ==","result":{"completed":');
  expect(answers).toContain('{"runId":"run","failed":{"failure":{"message":"invalid_protobuf: ');
  expect(answers.trim().split('\n')).toHaveLength(3);
});
