import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Client } from '@temporalio/client';
import { NativeConnection } from '../src/connection/index.ts';
import { useDevServer } from './support/dev-server.ts';
import { WorkerProcess } from './support/worker-process.ts';

/** A user's project as it stands today, written for `@temporalio/worker`. Only the package.json knows of this package. */
const project = {
  'package.json': JSON.stringify({
    name: 'a-users-project',
    private: true,
    dependencies: {
      '@temporalio/activity': '1.24.0',
      '@temporalio/worker': `file:${resolve(import.meta.dir, '..')}`,
      '@temporalio/workflow': '1.24.0',
    },
  }),
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

const server = useDevServer();
const root = mkdtempSync(join(tmpdir(), 'drop-in-'));
afterAll(() => rmSync(root, { recursive: true }));

/** Bun copies packages into one flat folder, or (its default for workspaces) into a folder each, linked to one another. */
describe.each(['hoisted', 'isolated'])('installed with the %s linker', (linker) => {
  const folder = join(root, linker);
  beforeAll(async () => {
    for (const [name, text] of Object.entries(project)) await Bun.write(join(folder, name), text);
    const command = [process.execPath, 'install', '--linker', linker];
    const install = Bun.spawn(command, { cwd: folder, stdout: 'ignore', stderr: 'pipe' });
    if ((await install.exited) !== 0) throw new Error(await install.stderr.text());
  }, 120_000);

  test('a project written for @temporalio/worker runs unchanged, and ends with code 0 on SIGTERM', async () => {
    const worker = WorkerProcess.spawn(['worker.ts'], { cwd: folder, env: { ADDRESS: server.address } });
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
    const worker = resolveFrom('@temporalio/worker', join(folder, 'worker.ts'));
    const copies = ['@temporalio/common', '@temporalio/proto']
      .map((name) => resolveFrom(name, worker))
      .concat(worker)
      .map((parent) => resolveFrom('protobufjs', parent));
    expect(new Set(copies).size).toBe(1);
  });
});
