import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { cleanUpProjects, TemporaryProject } from '../support/temporary-project.ts';

cleanUpProjects();

const sources = join(import.meta.dir, '../../src');

const HEAD = `
  import { expect, test } from 'bun:test';
  import { DefaultLogger, Runtime, Worker } from '${sources}/index.ts';
  import { useTestEnvironment } from '${sources}/testing/index.ts';

  Runtime.install({ logger: new DefaultLogger('DEBUG', ({ message }) => console.error(message)) });
  const env = useTestEnvironment({ embedded: true });`;

const LOADED_EARLY = 'Workflows were loaded while the program was';

/** Runs the tests of a project. Returns what they print. */
async function testsOf({ root }: TemporaryProject): Promise<string> {
  const runner = Bun.spawn([process.execPath, 'test'], { cwd: root, stdout: 'pipe', stderr: 'pipe' });
  const [, report] = await Promise.all([runner.stdout.text(), runner.stderr.text()]);
  expect(await runner.exited, report).toBe(0);
  return report;
}

test('the workflows of a test file are loaded early the second time, and as they are then', async () => {
  const project = new TemporaryProject({
    'workflows.ts': `export async function answer() { return 'first'; }`,
    'answer.test.ts': `${HEAD}
      test('answers', async () => {
        const workflowsPath = require.resolve('./workflows');
        const worker = await Worker.create({ connection: env.nativeConnection, taskQueue: 'answers', workflowsPath });
        const answer = env.client.workflow.execute('answer', { taskQueue: 'answers', workflowId: 'answer' });
        console.error('answer: ' + (await worker.runUntil(answer)));
      });`,
  });
  const first = await testsOf(project);
  expect(first).toContain('answer: first');
  expect(first).not.toContain(LOADED_EARLY);
  const second = await testsOf(project);
  expect(second).toContain('answer: first');
  expect(second).toContain(LOADED_EARLY);
  project.write({ 'workflows.ts': `export async function answer() { return 'second'; }` });
  const changed = await testsOf(project);
  expect(changed).toContain('answer: second');
  expect(changed).not.toContain(LOADED_EARLY);
}, 60_000);

test('a test file without a worker ends, and has no client before it has an environment', async () => {
  const project = new TemporaryProject({
    'client.test.ts': `${HEAD}
      const isLoaded = () => Object.keys(require.cache).some((file) => file.includes('@temporalio/client/'));
      console.error('at first: ' + isLoaded());
      test('has a client', async () => {
        console.error('then: ' + isLoaded());
        expect(await env.client.workflow.count()).toMatchObject({ count: 0 });
      });`,
  });
  const report = await testsOf(project);
  expect(report).toContain('at first: false');
  expect(report).toContain('then: true');
}, 60_000);
