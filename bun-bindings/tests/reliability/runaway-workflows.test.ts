import { expect, setDefaultTimeout, test } from 'bun:test';
import * as workflows from '../fixtures/runaway-workflows.ts';
import { useClient } from '../support/client.ts';
import { useDevServer } from '../support/dev-server.ts';
import { start, taskFailure } from '../support/observe.ts';
import { WorkerProcess } from '../support/worker-process.ts';

setDefaultTimeout(120_000);
const server = useDevServer();
const open = useClient(server);
const MiB = 1024 ** 2;

/**
 * Has a workflow run away on a worker whose process may use 512 MiB, beside another that waits. Returns how its task failed, which
 * threads were lost, and the most memory that the process has had beside the pages of files.
 */
async function runAway(workflow: () => Promise<unknown>) {
  const taskQueue = `runaway-${crypto.randomUUID()}`;
  const limited = `${import.meta.dir}/../container/with-memory-limit.sh`;
  const script = `${import.meta.dir}/../fixtures/runaway-worker.ts`;
  const command = [process.execPath, script, server.address, taskQueue];
  const worker = WorkerProcess.execute(['unshare', '--mount', limited, 'v1', String(512 * MiB), ...command]);
  await worker.says('running');
  const { client } = open;
  const bystander = await start({ client, taskQueue }, workflows.bystander, []);
  await bystander.query('__temporal_workflow_metadata');
  const runaway = await start({ client, taskQueue }, workflow, []);
  const { message } = await taskFailure({ client }, runaway);
  await bystander.executeUpdate(workflows.finish);
  expect(await bystander.result()).toBe('unharmed');
  await runaway.terminate();
  worker.process.kill('SIGTERM');
  const lost = await worker.says(/^lost /);
  const peak = Number((await worker.says(/^peak /)).slice('peak '.length));
  expect(await worker.process.exited).toBe(0);
  return { message, lost, peak };
}

test('a workflow that allocates without end fails its task, and the process stays within its limit', async () => {
  const { message, lost, peak } = await runAway(workflows.allocateForever);
  expect(message).toBe(
    'The workflow took more than 128 MiB of memory within one activation (see WorkerOptions.maxCachedWorkflowsMemory)',
  );
  // Its task may be tried again before it is terminated.
  expect(lost).toMatch(/^lost( memory 1)+$/);
  expect(peak).toBeLessThan(512 * MiB);
});

test('a workflow whose code cannot be interrupted fails its task, while the others go on', async () => {
  const { message, lost } = await runAway(workflows.backtrack);
  expect(lost).toMatch(/^lost( busy 1)+$/);
  expect(message).toBe(
    'The workflow kept its thread busy past the limit of 5000 ms, with code that cannot be interrupted, such as a regular expression that backtracks',
  );
});
