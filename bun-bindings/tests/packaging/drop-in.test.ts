import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { Client } from '@temporalio/client';
import { NativeConnection } from '../../src/connection/index.ts';
import { useDevServer } from '../support/dev-server.ts';
import { WorkerProcess } from '../support/worker-process.ts';
import { usePackages } from './support/packages.ts';
import { ALIAS, UserProject } from './support/user-project.ts';

/** A user's project as it stands today, written for `@temporalio/worker`. Only the package.json knows of this package. */
const project = {
  'package.json': {
    name: 'a-users-project',
    private: true,
    dependencies: {
      '@temporalio/activity': '1.24.0',
      '@temporalio/worker': ALIAS,
      '@temporalio/workflow': '1.24.0',
    },
  },
  'activities.ts': `
    import { Context } from '@temporalio/activity';
    export async function greet(name: string): Promise<string> {
      return \`Hello, \${name}, from \${Context.current().info.activityType}!\`;
    }`,
  'workflows.ts': `
    import { proxyActivities } from '@temporalio/workflow';
    import type * as activities from './activities';
    const { greet } = proxyActivities<typeof activities>({ startToCloseTimeout: '1 minute' });
    export async function hello(name: string): Promise<string> {
      return await greet(name);
    }`,
  'worker.ts': `
    import { NativeConnection, Worker } from '@temporalio/worker';
    import * as activities from './activities';

    async function run() {
      const connection = await NativeConnection.connect({ address: process.env.ADDRESS });
      const worker = await Worker.create({
        connection,
        namespace: 'default',
        taskQueue: 'drop-in',
        workflowsPath: require.resolve('./workflows'),
        activities,
      });
      process.on('SIGTERM', () => {
        if (worker.getState() === 'RUNNING') worker.shutdown();
      });
      const running = worker.run();
      console.log('running');
      await running;
      await connection.close();
    }

    run().catch((err) => {
      console.error(err);
      process.exit(1);
    });`,
};

const packages = usePackages();
const server = useDevServer();

/** Bun copies packages into one flat folder, or (its default for workspaces) into a folder each, linked to one another. */
describe.each(['hoisted', 'isolated'])('installed with the %s linker', (linker) => {
  const installation = new UserProject(project);
  beforeAll(() => installation.bunInstall(packages, '--linker', linker), 120_000);
  afterAll(() => installation.remove());

  test('a project written for @temporalio/worker runs unchanged, and ends with code 0 on SIGTERM', async () => {
    const worker = WorkerProcess.spawn(['worker.ts'], {
      cwd: installation.folder,
      env: { ADDRESS: server.address, TEMPORAL_BUN_SDK_NATIVE_PATH: '' },
    });
    await worker.says('running');
    const connection = await NativeConnection.connect({ address: server.address });
    const client = new Client({ connection });
    const options = { taskQueue: 'drop-in', workflowId: crypto.randomUUID(), args: ['user'] };
    expect(await client.workflow.execute('hello', options)).toBe('Hello, user, from greet!');
    await connection.close();
    expect(await worker.end('SIGTERM')).toBe(0);
  }, 60_000);

  test('the project has one copy of protobufjs beside the one that gRPC brings', () => {
    const resolveFrom = (name: string, parent: string) => realpathSync(Bun.resolveSync(name, dirname(parent)));
    const worker = resolveFrom('@temporalio/worker', installation.path('worker.ts'));
    const copies = ['@temporalio/common', '@temporalio/proto']
      .map((name) => resolveFrom(name, worker))
      .concat(worker)
      .map((parent) => resolveFrom('protobufjs', parent));
    expect(new Set(copies).size).toBe(1);
  });
});
