import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { temporalCli } from '../support/dev-server.ts';
import { cleanUpProjects, TemporaryProject } from '../support/temporary-project.ts';

cleanUpProjects();

const sources = join(import.meta.dir, '../../src');

/** A test with a server of its own. Its activity is a mock of a module. */
const TEST = `
  import { expect, mock, test } from 'bun:test';
  import { Worker } from '${sources}/index.ts';
  import { useTestEnvironment } from '${sources}/testing/index.ts';

  const name = import.meta.path;
  mock.module('./activities', () => ({ greet: mock(async () => name) }));
  const env = useTestEnvironment({ server: { executable: { type: 'existing-path', path: '${temporalCli()}' } } });

  test('the mock is called', async () => {
    const activities = await import('./activities');
    const worker = await Worker.create({
      connection: env.nativeConnection,
      taskQueue: 'same',
      workflowsPath: require.resolve('./workflows'),
      activities,
    });
    const running = env.client.workflow.execute('hello', { taskQueue: 'same', workflowId: 'same' });
    expect(await worker.runUntil(running)).toBe(name);
    expect(activities.greet).toHaveBeenCalledTimes(1);
  }, 60_000);`;

test.each(['--isolate', '--parallel'])(
  'test files have a server and mocks of their own with "bun test %s"',
  async (flag) => {
    const project = new TemporaryProject({
      'activities.ts': `export async function greet() { return 'not the mock'; }`,
      'workflows.ts': `
        import { proxyActivities } from '@temporalio/workflow';
        const { greet } = proxyActivities({ startToCloseTimeout: '1 minute' });
        export async function hello() { return await greet(); }`,
      'first.test.ts': TEST,
      'second.test.ts': TEST,
    });
    const runner = Bun.spawn([process.execPath, 'test', flag], { cwd: project.root, stdout: 'pipe', stderr: 'pipe' });
    const [, report] = await Promise.all([runner.stdout.text(), runner.stderr.text()]);
    expect(await runner.exited, report).toBe(0);
    expect(report).toContain(' 2 pass');
  },
  120_000,
);
