import { expect, setDefaultTimeout, test } from 'bun:test';
import { Connection } from '@temporalio/client';
import type { WorkflowInfo } from '@temporalio/workflow';
import type { ReplayWorkerOptions, WorkerOptions } from '../../src/worker/options/worker-options.ts';
import { WorkerRuntime } from '../../src/worker/worker.ts';
import * as activities from '../fixtures/activities.ts';
import * as workflows from '../fixtures/tuning-workflows.ts';
import { useClient } from '../support/client.ts';
import { useDevServer } from '../support/dev-server.ts';
import { rejectionOf, start } from '../support/observe.ts';
import { cleanUpProjects, TemporaryProject } from '../support/temporary-project.ts';
import { withWorker } from '../support/test-worker.ts';

setDefaultTimeout(60_000);
cleanUpProjects();
const server = useDevServer();
const open = useClient(server);
const workflowsPath = `${import.meta.dir}/../fixtures/tuning-workflows.ts`;

test.each<[Record<string, unknown>, string]>([
  [{ plugins: 5 }, 'WorkerOptions.plugins must be an array of plugins, which have a name, got 5'],
  [{ plugins: [null] }, 'WorkerOptions.plugins must be an array of plugins'],
  [{ connection: {} }, 'WorkerOptions.connection must be a NativeConnection'],
  [{ tuner: { tunerOptions: { targetCpuUsage: 2, targetMemoryUsage: 1 } } }, 'targetCpuUsage must be a number from 0'],
  [{ workflowsPath, bundlerOptions: { webpackConfigHook: {} } }, 'bundlerOptions.webpackConfigHook must be a function'],
  [{ workflowsPath, bundlerOptions: { bunPlugins: {} } }, 'bundlerOptions.bunPlugins must be an array'],
  [
    {
      workflowsPath,
      bundlerOptions: { webpackConfigHook: (config: object) => ({ ...config, unknownPart: {} }) },
    },
    '`unknownPart` cannot be translated',
  ],
  [{ activities: undefined }, 'A worker needs workflows'],
])('a worker is not created with %p', async (options, message) => {
  const all = { taskQueue: 'bad', activities, connection: open.connection, ...options } as WorkerOptions;
  const error = await rejectionOf(WorkerRuntime.create(all));
  expect(error).toBeInstanceOf(TypeError);
  expect(error.message).toContain(message);
});

test("the connection of a client's own is none for a worker", async () => {
  const connection = Connection.lazy({ address: server.address });
  const error = await rejectionOf(
    WorkerRuntime.create({ taskQueue: 'bad', activities, connection: connection as never }),
  );
  expect(error.message).toContain('WorkerOptions.connection must be a NativeConnection');
  await connection.close();
});

test('a process in which no worker could be created ends', async () => {
  const script = `
    import { NativeConnection, Worker } from ${JSON.stringify(`${import.meta.dir}/../../src/index.ts`)};
    const connection = await NativeConnection.connect({ address: '${server.address}' });
    const options = { connection, taskQueue: 'q', workflowsPath: '/nowhere' };
    await Worker.create(options).catch(({ message }) => console.log(message));
    await connection.close();`;
  const { stdout, exited } = Bun.spawn([process.execPath, '--eval', script], { stdout: 'pipe' });
  expect(await stdout.text()).toBe('Cannot find the module /nowhere\n');
  expect(await exited).toBe(0);
});

test('enableSDKTracing has no effect', async () => {
  await withWorker(server, { workflowsPath, enableSDKTracing: true }, async (worker) => {
    await (await start(worker, workflows.nothing, [])).result();
  });
});

test('bundlerOptions reach the bundler', async () => {
  const project = new TemporaryProject({
    'workflows.ts': `
      import { hostname } from 'node:os';
      import { evaluated } from './constants.ts';
      export async function asks() { return evaluated; }
      export async function uses() { return hostname(); }
    `,
    'constants.ts': `
      export const evaluated = globalThis.__TEMPORAL_ACTIVATOR__ === undefined ? 'before any run' : 'in a run';
    `,
  });
  const inProject = { workflowsPath: project.path('workflows.ts') };
  const asked = (bundlerOptions: WorkerOptions['bundlerOptions']) =>
    withWorker(server, { ...inProject, bundlerOptions }, async (worker) =>
      (await start<() => Promise<string>>(worker, 'asks', [])).result(),
    );
  expect((await rejectionOf(asked({}))).message).toContain("'node:os'");
  expect(await asked({ ignoreModules: ['os'] })).toBe('in a run');
  const preloadModules = [project.path('constants.ts')];
  expect(await asked({ ignoreModules: ['os'], preloadModules })).toBe('before any run');
});

test('replayName names the task queue of replayed workflows', async () => {
  const history = await withWorker(server, { workflowsPath }, async (worker) => {
    const handle = await start(worker, workflows.notes, []);
    await handle.result();
    return handle.fetchHistory();
  });
  const queueOf = async (options: Partial<ReplayWorkerOptions>) => {
    const queues: string[] = [];
    const fn = ({ taskQueue }: WorkflowInfo) => void queues.push(taskQueue);
    const sinks = { notes: { take: { fn, callDuringReplay: true } } };
    await WorkerRuntime.runReplayHistory({ workflowsPath, sinks, ...options }, history);
    return queues;
  };
  expect(await queueOf({ replayName: 'again' })).toEqual([expect.stringMatching(/^again-\d+$/)]);
  expect(await queueOf({})).toEqual([expect.stringMatching(/^fake_replay_queue-\d+$/)]);
});
