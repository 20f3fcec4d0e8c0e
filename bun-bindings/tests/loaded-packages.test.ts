import { expect, test } from 'bun:test';
import { hello } from './fixtures/workflows.ts';
import { useClient } from './support/client.ts';
import { useDevServer } from './support/dev-server.ts';
import { WorkerProcess } from './support/worker-process.ts';

const server = useDevServer();
const open = useClient(server);

test('a worker of workflows and activities leaves the packages alone that take long to load', async () => {
  const taskQueue = `loaded-packages-${crypto.randomUUID()}`;
  const fixture = `${import.meta.dir}/fixtures/loaded-packages.ts`;
  const worker = WorkerProcess.spawn([fixture, server.address, taskQueue], { stdin: 'pipe' });
  await worker.says('running');
  await open.client.workflow.execute(hello, { taskQueue, workflowId: crypto.randomUUID(), args: ['you'] });
  const loaded = worker.says(/^loaded /);
  await worker.endInput();
  const packages = (await loaded).split(' ').slice(1);
  expect(packages).toContain('@temporalio/common');
  expect(packages.filter((name) => /^(@temporalio\/(client|nexus|proto|envconfig)|zod|commander)$/.test(name))).toEqual(
    [],
  );
});
