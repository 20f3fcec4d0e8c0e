import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { NativeConnection } from '../../src/connection/index.ts';
import { TransportError } from '../../src/errors.ts';
import type { WorkerOptions } from '../../src/worker/options/worker-options.ts';
import { WorkerRuntime } from '../../src/worker/worker.ts';
import { useDevServer } from '../support/dev-server.ts';
import { rejectionOf } from '../support/observe.ts';
import { ServerProxy } from '../support/server-proxy.ts';
import { cleanUpProjects, TemporaryProject } from '../support/temporary-project.ts';
import { fixtureOptions } from '../support/test-worker.ts';

setDefaultTimeout(60_000);
const server = useDevServer();
cleanUpProjects();

/** A refusal after which core gives up at once; with others it goes on for a minute. */
const MESSAGE = 'grpc: received message larger than max (9 vs. 4)';
const refuse = () => Promise.reject({ code: status.RESOURCE_EXHAUSTED, details: MESSAGE });

/** Makes a worker on a server that refuses such calls. */
async function onRefusingServer<R>(
  method: string,
  options: Partial<WorkerOptions>,
  fn: (creating: Promise<WorkerRuntime>) => Promise<R>,
): Promise<R> {
  const proxy = await ServerProxy.start(server.address, { [method]: refuse });
  const connection = await NativeConnection.connect({ address: proxy.address });
  try {
    return await fn(WorkerRuntime.create({ ...fixtureOptions(), ...options, connection }));
  } finally {
    await connection.close();
    proxy.stop();
  }
}

describe('a worker whose polls the server refuses for good fails, and says why:', () => {
  test.concurrent.each<[string, string, Partial<WorkerOptions>, string]>([
    ['for workflow tasks', 'PollWorkflowTaskQueue', {}, 'workflowPollerState'],
    ['for workflow tasks, on the main thread', 'PollWorkflowTaskQueue', { debugMode: true }, 'workflowPollerState'],
    ['for activity tasks', 'PollActivityTaskQueue', {}, 'activityPollerState'],
  ])('%s', async (_name, method, options, poller) => {
    await onRefusingServer(method, options, async (creating) => {
      const worker = await creating;
      const error = await rejectionOf(worker.run());
      expect(error).toBeInstanceOf(TransportError);
      expect(error.message).toBe(MESSAGE);
      expect(worker.getState()).toBe('FAILED');
      expect(worker.getStatus()).toMatchObject({ runState: 'FAILED', numInFlightActivities: 0, [poller]: 'FAILED' });
    });
  });
});

test('a rejection in a workflow thread that belongs to no run ends the worker with it', async () => {
  // A program of its own: in a test run Bun reports the rejections of threads itself.
  const project = new TemporaryProject({
    'workflows.js': `import './early.cjs'; export async function main() { return 'done'; }`,
    'early.cjs': `void Promise.reject(new RangeError('nobody handles this'));`,
    'program.ts': `
      import { NativeConnection, Worker } from '${join(import.meta.dir, '../../src/index.ts')}';
      const worker = await Worker.create({
        connection: await NativeConnection.connect({ address: process.argv[2] }),
        taskQueue: crypto.randomUUID(),
        workflowsPath: import.meta.dir + '/workflows.js',
        bundlerOptions: { preloadModules: [import.meta.dir + '/early.cjs'] },
      });
      const { name, message, cause } = await worker.run().catch((error) => error);
      console.log(JSON.stringify({ name, message, cause: String(cause), state: worker.getState() }));
      process.exit();`,
  });
  const program = Bun.spawn([process.execPath, project.path('program.ts'), server.address], { stderr: 'ignore' });
  expect(JSON.parse(await program.stdout.text())).toEqual({
    name: 'UnhandledRejectionError',
    message: 'Unhandled Promise rejection for unknown Workflow Run: RangeError: nobody handles this',
    cause: 'RangeError: nobody handles this',
    state: 'FAILED',
  });
});

test('a worker that the server does not accept is not made', async () => {
  await onRefusingServer('DescribeNamespace', {}, async (creating) => {
    const error = await rejectionOf(creating);
    expect(error).toBeInstanceOf(TransportError);
    expect(error.message).toContain('Namespace default was not found or otherwise could not be described');
  });
});
