import { beforeAll, describe, expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { useDevServer } from '../support/dev-server.ts';
import { cleanUpProjects, TemporaryProject } from '../support/temporary-project.ts';
import { withWorker } from '../support/test-worker.ts';
import { runTemporalBun } from './run-program.ts';

const server = useDevServer();
cleanUpProjects();

const sleeping = `import { sleep } from '@temporalio/workflow';
export async function order(): Promise<string> { await sleep(1); return 'done'; }`;
const changed = `export async function order(): Promise<string> { return 'at once'; }`;

describe('replay', () => {
  const project = new TemporaryProject({ 'workflows.ts': sleeping, 'changed.ts': changed });
  // Workflow code finds the library where this package is installed.
  project.write({ 'package.json': { name: 'project' } });
  project.linkTo('node_modules', `${import.meta.dir}/../../node_modules`);
  const workflowId = `cli/${crypto.randomUUID()}`;
  const flags: string[] = [];

  beforeAll(async () => {
    flags.push('--address', server.address);
    await withWorker(server, { workflowsPath: project.path('workflows.ts') }, ({ client, taskQueue }) =>
      client.workflow.execute('order', { taskQueue, workflowId }),
    );
  }, 60_000);

  const run = (...args: string[]) => runTemporalBun(['replay', ...args], { cwd: project.root });

  test('fetches a history by its workflow id, records it, and replays the record without a server', async () => {
    const fetched = await run('-w', 'workflows.ts', '--workflow-id', workflowId, '--record', 'corpus', ...flags);
    expect(fetched).toMatchObject({ exitCode: 0, errors: '' });
    expect(fetched.output).toContain('1 of 1 histories fit');
    expect(readdirSync(project.path('corpus'))).toEqual([`${encodeURIComponent(workflowId)}.json`]);

    const recorded = await run('-w', 'workflows.ts', 'corpus', '--json');
    expect(recorded.exitCode).toBe(0);
    expect(JSON.parse(recorded.output)).toMatchObject({ ok: 1, nondeterminism: 0, failed: 0 });
  }, 60_000);

  test('ends with 2 when the code does not fit, names the event, and writes a JUnit report', async () => {
    const query = `WorkflowId = '${workflowId}'`;
    const ended = await run('-w', 'changed.ts', '--query', query, '--junit', 'report.xml', '--json', ...flags);
    expect(ended.exitCode).toBe(2);
    const { outcomes } = JSON.parse(ended.output);
    expect(outcomes).toEqual([
      expect.objectContaining({ source: workflowId, result: 'nondeterminism', event: { id: 5, type: 'TimerStarted' } }),
    ]);
    expect(readFileSync(project.path('report.xml'), 'utf8')).toContain('failures="1"');
  }, 60_000);

  test('a file that holds no history ends with 1 and is named; wrong usage ends with 64', async () => {
    project.write({ 'broken.json': '{}' });
    const broken = await run('-w', 'workflows.ts', 'broken.json');
    expect(broken.exitCode).toBe(1);
    expect(broken.errors).toContain('broken.json is not a workflow history in JSON');
    expect(await run('-w', 'workflows.ts', 'missing.json')).toMatchObject({
      exitCode: 64,
      errors: 'error: there is no file or folder missing.json\n',
    });
    expect((await run('corpus')).errors).toBe('error: give either --workflows or --bundle\n');
    expect((await run('-w', 'workflows.ts')).exitCode).toBe(64);
  }, 60_000);
});
