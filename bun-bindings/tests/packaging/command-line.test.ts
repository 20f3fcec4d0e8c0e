import { afterAll, beforeAll, expect, test } from 'bun:test';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { useClient } from '../support/client.ts';
import { useDevServer } from '../support/dev-server.ts';
import { WorkerProcess } from '../support/worker-process.ts';
import { usePackages } from './support/packages.ts';
import { type Outcome, UserProject, VERSION } from './support/user-project.ts';

const packages = usePackages();
const server = useDevServer();
const open = useClient(server);

/** As docs/getting-started.md has it: the command comes from the package, and makes a project of its own. */
const outside = new UserProject({
  'package.json': { private: true, dependencies: { 'temporal-bun-sdk': VERSION } },
});
const root = outside.path('my-worker');
const taskQueue = `from-packages-${crypto.randomUUID()}`;

beforeAll(async () => {
  await outside.bunInstall(packages);
  const { exitCode, output } = await outside.bun(['x', 'temporal-bun', 'init', 'my-worker']);
  if (exitCode !== 0) throw new Error(output);
  const installed = await run(['install'], { npm_config_registry: packages.registry });
  if (installed.exitCode !== 0) throw new Error(installed.output);
}, 240_000);
afterAll(() => outside.remove());

const settings = () => ({
  TEMPORAL_ADDRESS: server.address,
  TEMPORAL_TASK_QUEUE: taskQueue,
  TEMPORAL_LOG_LEVEL: 'WARN',
});

/** Runs Bun in the project that `init` made. */
function run(args: string[], env: Record<string, string> = {}): Promise<Outcome> {
  return outside.run(['sh', '-c', 'cd my-worker && exec "$@"', 'sh', process.execPath, ...args], {
    ...settings(),
    ...env,
  });
}

const temporalBun = (...args: string[]) => run(['x', 'temporal-bun', ...args]);

/** Changes a file of the project. */
function change(file: string, from: string, to: string): void {
  const path = join(root, file);
  writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
}

function greet(workflowId: string): Promise<string> {
  return open.client.workflow.execute('hello', { taskQueue, workflowId, args: ['Ann'] });
}

test('the project of "init" passes its own checks', async () => {
  const types = await run(['run', 'check']);
  expect(types.exitCode, types.output).toBe(0);
  const tests = await run(['test']);
  expect(tests.output).toContain(' 1 pass\n');
  const found = await temporalBun('check', 'src/workflows.ts', '--activities', 'src/activities.ts');
  expect(found.output).toContain('the project, 1 modules');
  expect(found.exitCode).toBe(0);
}, 120_000);

test('"doctor" finds the library of the package and the server', async () => {
  const { exitCode, output } = await temporalBun('doctor', '--json');
  const { results } = JSON.parse(output) as { results: { name: string; status: string; detail: string }[] };
  expect(results.filter(({ status }) => status !== 'ok')).toEqual([]);
  const library = results.find(({ name }) => name === 'native library');
  expect(library?.detail).toContain(join(root, 'node_modules/@temporal-bun-sdk/linux-x64-gnu'));
  expect(exitCode).toBe(0);
}, 60_000);

test('"dev" runs the worker and takes a change over; "stack", "replay" and "compile" work on what it ran', async () => {
  const dev = WorkerProcess.spawn(['x', 'temporal-bun', 'dev', 'src/worker.ts', '--json'], {
    cwd: root,
    env: { ...settings(), TEMPORAL_BUN_SDK_NATIVE_PATH: '' },
  });
  await dev.says(`{"event":"running","taskQueues":["${taskQueue}"]}`);
  expect(await greet('before')).toBe('Hello, Ann!');
  change('src/activities.ts', 'Hello', 'Servus');
  await dev.says(/"event":"replaced"/);
  expect(await greet('after')).toBe('Servus, Ann!');

  const { output: stack } = await temporalBun('stack', 'after');
  expect(stack).toContain('has ended');
  expect(await dev.end('SIGINT')).toBe(0);

  const ids = ['--workflow-id', 'before', 'after'];
  const recorded = await temporalBun('replay', '-w', 'src/workflows.ts', ...ids, '--record', 'histories');
  expect(recorded.output).toContain('2 of 2 histories fit');
  expect(readdirSync(join(root, 'histories')).sort()).toEqual(['after.json', 'before.json']);
  change('src/workflows.ts', 'return await greet', 'return String(name); await greet');
  const broken = await temporalBun('replay', '-w', 'src/workflows.ts', 'histories');
  expect(broken.output).toContain('0 of 2 histories fit, 2 do not, 0 could not be replayed');
  expect(broken.exitCode).toBe(2);

  const compiled = await temporalBun('compile', 'src/worker.ts', '-o', 'worker');
  expect(compiled.exitCode, compiled.output).toBe(0);
  const alone = outside.path('alone');
  mkdirSync(alone);
  cpSync(join(root, 'worker'), join(alone, 'worker'));
  const worker = WorkerProcess.execute(['./worker'], { cwd: alone, env: settings() });
  expect(await greet('compiled')).toBe('Ann');
  expect(await worker.end('SIGTERM')).toBe(0);
}, 120_000);
