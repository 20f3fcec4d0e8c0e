import { expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { NativeConnection } from '../src/connection/index.ts';
import * as workflows from './fixtures/workflows.ts';
import { useDevServer } from './support/dev-server.ts';
import { WorkerProcess } from './support/worker-process.ts';

const server = useDevServer();
const program = `${import.meta.dir}/../bin/start-worker.ts`;
const modules = ['-w', `${import.meta.dir}/fixtures/workflows.ts`, '-a', `${import.meta.dir}/fixtures/activities.ts`];

/** Runs the program to its end. */
async function run(
  args: string[],
  env: Record<string, string> = {},
  cwd = process.cwd(),
): Promise<{ exitCode: number; errors: string }> {
  const started = Bun.spawn([process.execPath, program, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdout: 'ignore',
    stderr: 'pipe',
  });
  const errors = await started.stderr.text();
  return { exitCode: await started.exited, errors };
}

test('a worker starts from the command line and the environment, and ends with code 0 on SIGTERM', async () => {
  const taskQueue = `start-worker-${crypto.randomUUID()}`;
  const worker = WorkerProcess.spawn([program, ...modules, '--build-id', 'from-a-flag'], {
    env: {
      TEMPORAL_ADDRESS: server.address,
      TEMPORAL_TASK_QUEUE: taskQueue,
      TEMPORAL_WORKER_IDENTITY_PREFIX: 'from-a-test',
    },
  });
  const connection = await NativeConnection.connect({ address: server.address });
  let exitCode: number | NodeJS.Signals;
  try {
    await worker.says(/^Worker from-a-test-\d+@.* takes tasks from start-worker-/);
    const client = new Client({ connection });
    const workflowId = crypto.randomUUID();
    expect(await client.workflow.execute(workflows.hello, { taskQueue, workflowId, args: ['you'] })).toBe(
      'Hello, you!',
    );
    const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
    const completed = events?.find((event) => event.workflowTaskCompletedEventAttributes);
    expect(completed?.workflowTaskCompletedEventAttributes?.workerVersion?.buildId).toBe('from-a-flag');
  } finally {
    await connection.close();
    exitCode = await worker.end('SIGTERM');
  }
  expect(exitCode).toBe(0);
}, 60_000);

test('with --json it says in documents of a line when it runs and when it has ended', async () => {
  const args = [program, ...modules, '-q', 'queue', '--address', server.address, '--json'];
  const worker = WorkerProcess.spawn(args);
  const running = JSON.parse(await worker.says(/./));
  expect(running).toEqual({
    event: 'running',
    identity: expect.stringContaining('@'),
    taskQueue: 'queue',
    namespace: 'default',
  });
  const ended = worker.says('{"event":"ended"}');
  expect(await worker.end('SIGTERM')).toBe(0);
  await ended;
}, 60_000);

test('wrong usage and a wrong configuration end with code 2, and say what is wrong', async () => {
  const nothing = await run(['-q', 'queue']);
  expect(nothing).toEqual({ exitCode: 2, errors: 'error: give --workflows, --bundle or --activities\n' });
  const noQueue = await run(modules);
  expect(noQueue).toEqual({ exitCode: 2, errors: 'error: give --task-queue, or set TEMPORAL_TASK_QUEUE\n' });
  expect((await run(['--surprise'])).exitCode).toBe(2);
  const noModule = await run(['-w', '/there/is/no/such.ts', '-q', 'queue']);
  expect(noModule).toEqual({ exitCode: 2, errors: 'error: --workflows: there is no module /there/is/no/such.ts\n' });
  const wrong = await run([...modules, '-q', 'queue'], { TEMPORAL_TLS: 'maybe' });
  expect(wrong).toEqual({ exitCode: 2, errors: 'error: TEMPORAL_TLS: must be true, false, 1 or 0\n' });
  const wrongSwitch = await run([...modules, '-q', 'queue'], { TEMPORAL_BUN_SDK_USE_NATIVE: 'yes' });
  expect(wrongSwitch).toEqual({ exitCode: 2, errors: 'error: TEMPORAL_BUN_SDK_USE_NATIVE: must be 1, 0 or not set\n' });
}, 30_000);

test("TEMPORAL_BUN_SDK_USE_NATIVE=0 makes connection and worker with the project's own @temporalio/worker", async () => {
  const project = mkdtempSync(join(tmpdir(), 'start-worker-'));
  try {
    const installed = join(project, 'node_modules/@temporalio/worker');
    mkdirSync(installed, { recursive: true });
    writeFileSync(join(installed, 'package.json'), JSON.stringify({ name: '@temporalio/worker', main: 'index.js' }));
    // Says what it was asked for, and stops at once.
    writeFileSync(
      join(installed, 'index.js'),
      `exports.NativeConnection = { connect: async ({ address }) => ({ address, close: async () => console.error('closed') }) };
       exports.Worker = { create: async ({ connection, taskQueue }) => ({ run: async () => console.error(connection.address, taskQueue) }) };`,
    );
    const env = { TEMPORAL_BUN_SDK_USE_NATIVE: '0', TEMPORAL_ADDRESS: 'upstream.example:7233' };
    const ended = await run([...modules, '-q', 'queue'], env, project);
    expect(ended).toEqual({ exitCode: 0, errors: 'upstream.example:7233 queue\nclosed\n' });
  } finally {
    rmSync(project, { recursive: true });
  }
}, 30_000);

test('a server that is not there ends with code 1', async () => {
  const { exitCode, errors } = await run([...modules, '-q', 'queue'], { TEMPORAL_ADDRESS: '127.0.0.1:1' });
  expect(exitCode).toBe(1);
  expect(errors).toContain('127.0.0.1:1');
});
