import { expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { useDevServer } from '../support/dev-server.ts';
import { cleanUpProjects, TemporaryProject } from '../support/temporary-project.ts';
import { withWorker } from '../support/test-worker.ts';
import { runTemporalBun } from './run-program.ts';

const server = useDevServer();
cleanUpProjects();
const fixtures = `${import.meta.dir}/../fixtures`;

test('every command has help, and an unknown one ends with 64', async () => {
  const { output } = await runTemporalBun(['--help']);
  const commands = [...output.matchAll(/^ {2}([a-z][\w-]+) .*\[?/gm)].map(([, name = '']) => name);
  expect(commands).toEqual(
    expect.arrayContaining([
      'init',
      'dev',
      'start-worker',
      'bundle',
      'compile',
      'check',
      'replay',
      'doctor',
      'stack',
      'top',
    ]),
  );
  for (const name of commands.filter((command) => command !== 'help')) {
    const help = await runTemporalBun([name, '--help']);
    expect(help).toMatchObject({ exitCode: 0, errors: '' });
    expect(help.output).toStartWith(`Usage: temporal-bun ${name}`);
  }
  expect((await runTemporalBun(['surprise'])).exitCode).toBe(64);
}, 60_000);

test('bundle writes a file that start-worker can run', async () => {
  const project = new TemporaryProject();
  const args = ['bundle', `${fixtures}/workflows.ts`, '-o', project.path('bundle.js'), '--json'];
  const { exitCode, output } = await runTemporalBun(args, { cwd: project.root });
  expect(exitCode).toBe(0);
  const { bytes } = JSON.parse(output) as { bytes: number };
  expect(Buffer.byteLength(readFileSync(project.path('bundle.js')))).toBe(bytes);
  // As far as the connection, which is not there.
  const start = ['start-worker', '--bundle', project.path('bundle.js'), '-q', 'queue', '--address', '127.0.0.1:1'];
  expect(await runTemporalBun(start)).toMatchObject({ exitCode: 1, errors: expect.stringContaining('127.0.0.1:1') });
  const both = [...start, '-w', `${fixtures}/workflows.ts`];
  expect((await runTemporalBun(both)).errors).toBe('error: give --workflows or --bundle, not both\n');
}, 60_000);

test('stack prints the line where a workflow waits', async () => {
  const project = new TemporaryProject({
    'workflows.ts': `import { condition } from '@temporalio/workflow';
export async function approval(): Promise<void> {
  await condition(() => false);
}`,
  });
  project.linkTo('node_modules', `${import.meta.dir}/../../node_modules`);
  await withWorker(server, { workflowsPath: project.path('workflows.ts') }, async ({ client, taskQueue }) => {
    const handle = await client.workflow.start('approval', { taskQueue, workflowId: crypto.randomUUID() });
    const { exitCode, output } = await runTemporalBun(['stack', handle.workflowId, '--address', server.address]);
    await handle.terminate();
    expect(exitCode).toBe(0);
    expect(output).toMatch(/approval \(.*\/workflows\.ts:3:\d+\)/);
  });
}, 60_000);

test('init writes a project, and never into a folder that has something', async () => {
  const parent = new TemporaryProject();
  const { exitCode, output } = await runTemporalBun(['init', 'My Orders'], { cwd: parent.root });
  expect(exitCode).toBe(0);
  expect(output).toContain('bun run start');
  const folder = parent.path('My Orders');
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  expect(manifest.name).toBe('my-orders');
  expect(JSON.stringify(manifest)).not.toMatch(/PROJECT_NAME|_VERSION/);
  const dockerfile = readFileSync(join(folder, 'Dockerfile'), 'utf8');
  const image = `FROM oven/bun:${Bun.version}`;
  expect(dockerfile.match(/^FROM \S+/gm)?.join()).toBe(`${image},${image}`);
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(['.dockerignore', '.gitignore', 'Dockerfile', 'src']));
  expect(existsSync(join(folder, 'test/hello.test.ts'))).toBe(true);

  parent.write({ 'full/notes.md': '' });
  const full = await runTemporalBun(['init', 'full'], { cwd: parent.root });
  expect(full.exitCode).toBe(1);
  expect(full.errors).toContain('is not empty');
}, 30_000);

test('init adds a worker to a service, and changes nothing that is there', async () => {
  const manifest = {
    name: 'service',
    scripts: { worker: 'bun jobs.ts' },
    dependencies: { hono: '4.0.0', '@temporalio/client': '1.23.0' },
  };
  const service = new TemporaryProject({ 'package.json': manifest, 'src/index.ts': 'export default 1;' });
  const { exitCode, output } = await runTemporalBun(['init', '--json'], { cwd: service.root });
  expect(exitCode).toBe(0);
  const files = ['activities', 'hello.test', 'start', 'worker', 'workflows'].map((name) => `src/temporal/${name}.ts`);
  const added = JSON.parse(output);
  expect(added).toMatchObject({ folder: service.path('src/temporal'), script: 'temporal-worker' });
  expect(added.files.sort()).toEqual(files);
  const changed = JSON.parse(readFileSync(service.path('package.json'), 'utf8'));
  expect(changed).toMatchObject(manifest);
  expect(changed.scripts['temporal-worker']).toBe('bun src/temporal/worker.ts');
  expect(changed.dependencies['@temporalio/worker']).toMatch(/^npm:temporal-bun-sdk@\d/);
  expect(readFileSync(service.path('src/index.ts'), 'utf8')).toBe('export default 1;');

  // The test of the template runs where it was put.
  service.linkTo('node_modules', `${import.meta.dir}/../../node_modules`);
  const text = readFileSync(service.path('src/temporal/hello.test.ts'), 'utf8');
  const sources = `${import.meta.dir}/../../src`;
  service.write({
    'src/temporal/hello.test.ts': text
      .replace("'@temporalio/worker/testing'", `'${sources}/testing/index.ts'`)
      .replace("'@temporalio/worker'", `'${sources}/index.ts'`),
  });
  const tests = Bun.spawn([process.execPath, 'test'], { cwd: service.root, stdout: 'ignore', stderr: 'pipe' });
  expect(await tests.stderr.text()).toContain(' 1 pass\n');

  const again = await runTemporalBun(['init'], { cwd: service.root });
  expect(again).toMatchObject({
    exitCode: 1,
    errors: expect.stringMatching(/src\/temporal\/\w+.ts already: nothing was/),
  });
}, 60_000);
