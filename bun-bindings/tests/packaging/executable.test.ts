import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { compressInFrames } from '../../src/cli/compile/compress.ts';
import { useClient } from '../support/client.ts';
import { useDevServer } from '../support/dev-server.ts';
import { WorkerProcess } from '../support/worker-process.ts';
import { usePackages } from './support/packages.ts';
import { HELLO, temporalPackages, UserProject, VERSION } from './support/user-project.ts';

const packages = usePackages();
const server = useDevServer();
const open = useClient(server);

const project = new UserProject({
  'package.json': {
    private: true,
    type: 'module',
    dependencies: { ...temporalPackages(), 'temporal-bun-sdk': VERSION },
  },
  ...HELLO,
  'bundle.ts': `
    import { bundleWorkflowCode } from 'temporal-bun-sdk';
    await Bun.write('workflow-bundle.txt', (await bundleWorkflowCode({ workflowsPath: './workflows.ts' })).code);`,
  'worker.ts': `
    import { NativeConnection, Worker } from 'temporal-bun-sdk';
    import * as activities from './activities';
    import code from './workflow-bundle.txt' with { type: 'text' };
    const connection = await NativeConnection.connect({ address: process.env.ADDRESS });
    const worker = await Worker.create({ connection, taskQueue: 'one-file', workflowBundle: { code }, activities });
    const running = worker.run();
    console.log('running');
    await running;
    await connection.close();`,
  // As in development: it names its workflows by a path.
  'from-path.ts': `#!/usr/bin/env bun
    import { NativeConnection, Worker, type WorkerOptions } from 'temporal-bun-sdk';
    import * as activities from './activities';
    const connection = await NativeConnection.connect({ address: process.env.ADDRESS });
    const options = { taskQueue: 'one-file', workflowsPath: require.resolve('./workflows'), activities } satisfies WorkerOptions;
    const worker = await Worker.create({ connection, ...options });
    const running = worker.run();
    console.log('running');
    await running;
    await connection.close();`,
  // Its activities run in threads of their own.
  'in-threads.ts': `
    import { NativeConnection, Worker } from 'temporal-bun-sdk';
    const connection = await NativeConnection.connect({ address: process.env.ADDRESS });
    const worker = await Worker.create({
      connection,
      taskQueue: 'in-threads',
      workflowsPath: require.resolve('./workflows'),
      activityThreads: {
        activitiesPath: require.resolve('./threaded-activities'),
        interceptorModules: [require.resolve('./interceptors')],
      },
    });
    const running = worker.run();
    console.log('running');
    await running;
    await connection.close();`,
  'threaded-activities.ts': `
    import { isMainThread } from 'node:worker_threads';
    import { activityInfo, getClient } from '@temporalio/activity';
    export async function greet(name: string): Promise<string> {
      const { activityType, workflowExecution } = activityInfo();
      const { status } = await getClient().workflow.getHandle(workflowExecution!.workflowId).describe();
      return \`\${activityType} \${name} in \${isMainThread ? 'the main thread' : 'a thread'} (\${status.name})\`;
    }`,
  'interceptors.ts': `
    export const interceptors = () => ({
      inbound: { execute: async (input: any, next: any) => \`\${await next(input)}, intercepted\` },
    });`,
});
/** Programs of one file, by what made them. */
const PROGRAMS = { 'bun build --compile': 'worker', 'temporal-bun compile': 'compiled' };
const MB = 1_000_000;
/** The largest that scripts/build-release lets the library become, 16 MB, when it is compressed. The one of the tests is larger. */
const PUBLISHED_LIBRARY = 8 * MB;
/** Where there is nothing but what a test puts there. */
const empty = project.path('empty');

beforeAll(async () => {
  await project.bunInstall(packages);
  const commands = [
    ['bundle.ts'],
    ['build', '--compile', 'worker.ts', '--outfile', 'worker'],
    ['x', 'temporal-bun', 'compile', 'from-path.ts', '-o', 'compiled', '--json'],
    ['x', 'temporal-bun', 'compile', 'in-threads.ts', '-o', 'in-threads', '--json'],
  ];
  for (const args of commands) {
    const { exitCode, output } = await project.bun(args);
    if (exitCode !== 0) throw new Error(output);
  }
  mkdirSync(empty);
}, 120_000);
afterAll(() => project.remove());

/** Environment variables of a worker. No other library than its own is to be found. */
function settings(): Record<string, string> {
  return { ADDRESS: server.address, TEMPORAL_BUN_SDK_NATIVE_PATH: '' };
}

async function execute(taskQueue = 'one-file', name = 'user'): Promise<string> {
  return open.client.workflow.execute('hello', {
    taskQueue,
    workflowId: crypto.randomUUID(),
    args: [name],
    workflowExecutionTimeout: '10s',
  });
}

/** Whether this user may make mounts of its own, as root or as the root of a namespace. */
const isRoot = process.getuid?.() === 0;
const unshare = isRoot ? ['unshare', '--mount'] : ['unshare', '--mount', '--map-root-user'];

describe.each(Object.entries(PROGRAMS))('a worker that "%s" made one file of', (_, name) => {
  test('runs in an empty folder, without an installation and a home', async () => {
    cpSync(project.path(name), join(empty, 'worker'));
    const worker = WorkerProcess.execute(['./worker'], {
      cwd: empty,
      env: { ...settings(), HOME: '/nonexistent' },
    });
    await worker.says('running');
    expect(await execute()).toBe('Hello, user!');
    const { stack } = await execute('one-file', 'nobody').catch((error) => error.cause.cause);
    expect(stack).toMatch(/^Error: there is nobody\n *at greet [^\n]*$/);
    expect(await worker.end('SIGTERM')).toBe(0);
    expect(readdirSync(empty)).toEqual(['worker']);
  }, 60_000);

  test('runs as a user of no name, with nothing but glibc, where nothing can be written', async () => {
    const script = join(import.meta.dir, 'support/read-only-root.sh');
    const program = project.path(name);
    chmodSync(program, 0o755);
    // That of the checkout needs more than glibc; scripts/build-release sees to it that the published one does not.
    const library = project.path('node_modules/@temporal-bun-sdk/linux-x64-gnu/libtemporal_bun_bridge.so');
    const command = [...unshare, 'sh', script, program, isRoot ? 'real' : 'mapped', library];
    const worker = WorkerProcess.execute(command, { env: settings() });
    await worker.says('running');
    expect(await execute()).toBe('Hello, user!');
    expect(await worker.end('SIGTERM')).toBe(0);
  }, 60_000);
});

test('"temporal-bun compile" has the workflows loaded while the program is', async () => {
  const worker = WorkerProcess.execute(['sh', '-c', 'exec "$0" 2>&1', project.path('compiled')], {
    env: { ...settings(), TEMPORAL_LOG_LEVEL: 'DEBUG' },
  });
  await worker.says(/Workflows were loaded while the program was/);
  expect(await worker.end('SIGTERM')).toBe(0);
}, 60_000);

test('"temporal-bun compile" takes in activities that run in threads, with their interceptors', async () => {
  const folder = project.path('threads');
  mkdirSync(folder);
  cpSync(project.path('in-threads'), join(folder, 'worker'));
  const worker = WorkerProcess.execute(['./worker'], { cwd: folder, env: settings() });
  await worker.says('running');
  expect(await execute('in-threads')).toBe('greet user in a thread (RUNNING), intercepted');
  expect(await worker.end('SIGTERM')).toBe(0);
}, 60_000);

test('"temporal-bun compile" makes a file of less than 130 MB with the library that is published', () => {
  const library = readFileSync(project.path('node_modules/@temporal-bun-sdk/linux-x64-gnu/libtemporal_bun_bridge.so'));
  const withoutLibrary = statSync(project.path('compiled')).size - compressInFrames(library).length;
  expect(withoutLibrary).toBeLessThan(130 * MB - PUBLISHED_LIBRARY);
  expect(existsSync(project.path('compiled.map'))).toBe(false);
});

test('"temporal-bun compile" says where and why it cannot bundle workflows, without a stack', async () => {
  project.write({
    'by-chance.ts': `
      import { Worker } from 'temporal-bun-sdk';
      const worker = await Worker.create({
        taskQueue: 'one-file',
        workflowsPath: process.env.WORKFLOWS,
      });`,
  });
  const { exitCode, output } = await project.bun(['x', 'temporal-bun', 'compile', 'by-chance.ts']);
  expect(output).toStartWith('error: by-chance.ts:5: cannot bundle the modules of this worker beforehand');
  expect(output).not.toContain('    at ');
  expect(exitCode).toBe(1);
}, 60_000);

test('a worker that "bun build --target bun" bundled runs beside the files that it came with', async () => {
  const { exitCode, output } = await project.bun(['build', '--target', 'bun', 'worker.ts', '--outdir', 'bundled']);
  expect(output).toContain('worker.js');
  expect(exitCode).toBe(0);
  const folder = project.path('empty/bundled');
  cpSync(project.path('bundled'), folder, { recursive: true });
  const worker = WorkerProcess.spawn([join(folder, 'worker.js')], { cwd: '/', env: settings() });
  await worker.says('running');
  expect(await execute()).toBe('Hello, user!');
  expect(await worker.end('SIGTERM')).toBe(0);
}, 60_000);
