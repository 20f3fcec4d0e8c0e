import { expect, test } from 'bun:test';
import { Client } from '@temporalio/client';
import { NativeConnection } from '../src/connection/index.ts';
import * as workflows from './fixtures/workflows.ts';
import { useDevServer } from './support/dev-server.ts';
import { WorkerProcess } from './support/worker-process.ts';

const server = useDevServer();
const program = `${import.meta.dir}/../bin/start-worker.ts`;
const modules = ['-w', `${import.meta.dir}/fixtures/workflows.ts`, '-a', `${import.meta.dir}/fixtures/activities.ts`];

/** Runs the program to its end. */
async function run(args: string[], env: Record<string, string> = {}): Promise<{ exitCode: number; errors: string }> {
  const started = Bun.spawn([process.execPath, program, ...args], {
    env: { ...process.env, ...env },
    stdout: 'ignore',
    stderr: 'pipe',
  });
  const errors = await started.stderr.text();
  return { exitCode: await started.exited, errors };
}

test('a worker starts from the command line and the environment, and ends with code 0 on SIGTERM', async () => {
  const taskQueue = `start-worker-${crypto.randomUUID()}`;
  const worker = WorkerProcess.spawn([program, ...modules], {
    env: {
      TEMPORAL_ADDRESS: server.address,
      TEMPORAL_TASK_QUEUE: taskQueue,
      TEMPORAL_WORKER_IDENTITY_PREFIX: 'from-a-test',
    },
  });
  await worker.says(/^Worker from-a-test-\d+@.* takes tasks from start-worker-/);
  const connection = await NativeConnection.connect({ address: server.address });
  const client = new Client({ connection });
  const workflowId = crypto.randomUUID();
  expect(await client.workflow.execute(workflows.hello, { taskQueue, workflowId, args: ['you'] })).toBe('Hello, you!');
  await connection.close();
  expect(await worker.end('SIGTERM')).toBe(0);
}, 60_000);

test('wrong usage and a wrong configuration end with code 2, and say what is wrong', async () => {
  const nothing = await run(['-q', 'queue']);
  expect(nothing).toEqual({ exitCode: 2, errors: 'error: give --workflows, --activities, or both\n' });
  const noQueue = await run(modules);
  expect(noQueue).toEqual({ exitCode: 2, errors: 'error: give --task-queue, or set TEMPORAL_TASK_QUEUE\n' });
  expect((await run(['--surprise'])).exitCode).toBe(2);
  const wrong = await run([...modules, '-q', 'queue'], { TEMPORAL_TLS: 'maybe' });
  expect(wrong).toEqual({ exitCode: 2, errors: 'TEMPORAL_TLS: must be true, false, 1 or 0\n' });
});

test('a server that is not there ends with code 1', async () => {
  const { exitCode, errors } = await run([...modules, '-q', 'queue'], { TEMPORAL_ADDRESS: '127.0.0.1:1' });
  expect(exitCode).toBe(1);
  expect(errors).toContain('127.0.0.1:1');
});
