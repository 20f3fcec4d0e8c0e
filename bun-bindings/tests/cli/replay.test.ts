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
      expect.objectContaining({
        source: workflowId,
        result: 'nondeterminism',
        event: { id: 5, type: 'TimerStarted' },
        command: { type: 'completeWorkflowExecution' },
        place: 'changed.ts:1',
        message: expect.stringMatching(/^\[TMPRL1100\] .*HistoryEvent\(id: 5, TimerStarted\)$/),
      }),
    ]);
    const report = readFileSync(project.path('report.xml'), 'utf8');
    expect(report).toContain('failures="1"');
    expect(report).toContain('where the code asks for completeWorkflowExecution&#10;at changed.ts:1</failure>');
  }, 60_000);

  test('many histories are replayed at once, and told in their order, each failure with the line of its code', async () => {
    const histories = JSON.parse(readFileSync(project.path(`corpus/${encodeURIComponent(workflowId)}.json`), 'utf8'));
    for (let index = 10; index < 30; index++) project.write({ [`many/${index}.json`]: histories });
    const swapped = `import { proxyActivities } from '@temporalio/workflow';
const { greet } = proxyActivities({ startToCloseTimeout: '1 minute' });
async function welcome(): Promise<unknown> {
  return await greet('Ann');
}
export async function order(): Promise<unknown> {
  return await welcome();
}`;
    project.write({ 'swapped.ts': swapped });
    const ended = await run('-w', 'swapped.ts', 'many', '--json');
    expect(ended.exitCode).toBe(2);
    const { outcomes } = JSON.parse(ended.output) as { outcomes: Record<string, unknown>[] };
    expect(outcomes.map(({ source }) => source)).toEqual(Array.from({ length: 20 }, (_, at) => `many/${at + 10}.json`));
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ command: { type: 'scheduleActivity', name: 'greet' }, place: 'swapped.ts:4:16' });
    }
    const printed = await run('-w', 'swapped.ts', 'many/10.json');
    expect(printed.output).toContain(
      'at event 5 (TimerStarted), where the code asks for scheduleActivity greet\n    at swapped.ts:4:16\n',
    );
  }, 60_000);

  test('code that throws ends with 1, and names the line', async () => {
    project.write({
      'throwing.ts': 'export async function order(): Promise<void> {\n  throw new TypeError("oops");\n}',
    });
    const ended = await run('-w', 'throwing.ts', 'corpus', '--json');
    expect(ended.exitCode).toBe(1);
    expect(JSON.parse(ended.output).outcomes).toEqual([
      expect.objectContaining({ result: 'failed', message: 'oops', place: 'throwing.ts:2:9' }),
    ]);
  }, 60_000);

  test('a file that cannot be read or is no history fails alone, and says why', async () => {
    const history = readFileSync(project.path(`corpus/${encodeURIComponent(workflowId)}.json`), 'utf8');
    project.write({
      'mixed/1.json': `\uFEFF${history.replaceAll('\n', '\r\n')}`,
      'mixed/2.json': '{"events": [',
      'mixed/3.json': '{"events": []}',
      'mixed/4.json': '{"events": [{"eventId": "1", "eventType": "EVENT_TYPE_NONE", "eventTime": 5}]}',
      'mixed/5.json': 'null',
      'mixed/6.json': history,
    });
    project.linkTo('mixed/7.json', project.path('nowhere.json'));
    const ended = await run('-w', 'workflows.ts', 'mixed', '--workflow-id', 'nobody', '--json', ...flags);
    expect(ended.exitCode).toBe(1);
    const { outcomes, ok, failed } = JSON.parse(ended.output);
    expect([ok, failed]).toEqual([2, 6]);
    expect(outcomes.map(({ source, message = 'ok' }: Record<string, string>) => [source, message])).toEqual([
      ['mixed/1.json', 'ok'],
      ['mixed/2.json', expect.stringMatching(/^mixed\/2.json is not a workflow history in JSON: JSON Parse error/)],
      ['mixed/3.json', 'mixed/3.json is not the history of a workflow: Expected a history object with events'],
      ['mixed/4.json', expect.stringMatching(/^mixed\/4.json is not the history of a workflow: ./)],
      ['mixed/5.json', 'mixed/5.json is not a workflow history in JSON: it has no list of events'],
      ['mixed/6.json', 'ok'],
      ['mixed/7.json', expect.stringMatching(/^mixed\/7.json cannot be read: ENOENT/)],
      ['nobody', expect.stringMatching(/^the history of nobody cannot be fetched: ./)],
    ]);
    for (const { message } of outcomes) if (message !== undefined) expect(ended.errors).toContain(message);
    expect((await run('-w', 'changed.ts', 'mixed')).exitCode).toBe(2);
  }, 60_000);

  test('a file that holds no history ends with 1 and is named; wrong usage ends with 64', async () => {
    project.write({ 'broken.json': '{}' });
    const broken = await run('-w', 'workflows.ts', 'broken.json');
    expect(broken.exitCode).toBe(1);
    expect(broken.errors).toContain('broken.json is not a workflow history in JSON');
    expect(broken.errors).toContain('it has no list of events');
    expect(await run('-w', 'workflows.ts', 'missing.json')).toMatchObject({
      exitCode: 64,
      errors: 'error: there is no file or folder missing.json\n',
    });
    expect((await run('corpus')).errors).toBe('error: give either --workflows or --bundle\n');
    expect((await run('-w', 'workflows.ts')).exitCode).toBe(64);
  }, 60_000);
});
