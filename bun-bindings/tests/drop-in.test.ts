import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
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
const folder = mkdtempSync(join(tmpdir(), 'drop-in-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(async () => {
  for (const [name, text] of Object.entries(project)) await Bun.write(join(folder, name), text);
  const install = Bun.spawn([process.execPath, 'install'], { cwd: folder, stdout: 'ignore', stderr: 'pipe' });
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

test('the project has one copy of protobufjs beside the one that gRPC brings', async () => {
  const glob = new Bun.Glob('**/node_modules/protobufjs/package.json');
  const copies = [...glob.scanSync({ cwd: folder })].filter((path) => !path.includes('@grpc'));
  expect(copies).toHaveLength(1);
});
