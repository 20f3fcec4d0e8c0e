import { expect, test } from 'bun:test';
import { useClient } from '../support/client.ts';
import { useDevServer } from '../support/dev-server.ts';
import { freePort } from '../support/free-port.ts';
import { WorkerProcess } from '../support/worker-process.ts';
import { runTemporalBun } from './run-program.ts';

const server = useDevServer();
const open = useClient(server);
const program = `${import.meta.dir}/../../bin/temporal-bun.ts`;
const fixtures = `${import.meta.dir}/../fixtures`;

test('shows a worker that start-worker --health has started', async () => {
  const [port, taskQueue] = [freePort(), crypto.randomUUID()];
  const modules = ['-w', `${fixtures}/workflows.ts`, '-a', `${fixtures}/activities.ts`, '-q', taskQueue];
  const args = [program, 'start-worker', ...modules, '--address', server.address, '--health', `:${port}`];
  const worker = WorkerProcess.spawn(args);
  try {
    await worker.says(/takes tasks from/);
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    const workflowId = crypto.randomUUID();
    await open.client.workflow.execute('hello', { taskQueue, workflowId, args: ['you'] });

    // A proxy is for the outside, not for this machine.
    const env = { HTTP_PROXY: 'http://127.0.0.1:1', http_proxy: 'http://127.0.0.1:1' };
    const json = await runTemporalBun(['top', `127.0.0.1:${port}`, '--once', '--json'], { env });
    expect(json).toMatchObject({ exitCode: 0, errors: '' });
    const sample = JSON.parse(json.output);
    expect(sample.slots).toContainEqual({ taskQueue, kind: 'Workflow', used: 0, available: expect.any(Number) });
    expect(sample.cache).toEqual([expect.objectContaining({ taskQueue })]);
    expect(sample.tasks).toMatchObject({ failedActivities: 0 });
    expect(sample.tasks.workflowTasks).toBeGreaterThan(0);
    expect(sample.workflows).toEqual([expect.objectContaining({ type: 'hello', completed: 1, failed: 0 })]);
    expect(sample.workflows[0].averageMs).toBeGreaterThan(0);

    const text = await runTemporalBun(['top', `:${port}`, '--once']);
    expect(text.output).toMatch(/Slowest workflows.*\n {2}hello /);
    expect(text.output).not.toContain('\x1b');

    const lines = WorkerProcess.spawn([program, 'top', `:${port}`, '--interval', '0.05']);
    await lines.says(/^\d+ workflow tasks \(0\.0\/s\).*; slots: .*; cached: \d+$/);
    expect(await lines.end('SIGINT')).toBe(0);
  } finally {
    expect(await worker.end('SIGTERM')).toBe(0);
  }
}, 60_000);

test('says what to do where nothing answers, and what is wrong with an address', async () => {
  const nobody = await runTemporalBun(['top', `127.0.0.1:${freePort()}`, '--once']);
  expect(nobody).toMatchObject({ exitCode: 1, output: '', errors: expect.stringContaining('--health :9000') });
  expect((await runTemporalBun(['top', 'a b', '--once'])).exitCode).toBe(64);
  expect((await runTemporalBun(['top', '--interval', 'soon'])).exitCode).toBe(64);
  const start = ['start-worker', '-w', `${fixtures}/workflows.ts`, '-q', 'queue', '--health', 'here'];
  expect(await runTemporalBun(start)).toMatchObject({
    exitCode: 64,
    errors: 'error: --health: must be host:port or :port, not here\n',
  });
}, 30_000);
