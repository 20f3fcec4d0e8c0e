import { expect, test } from 'bun:test';
import { useDevServer } from '../support/dev-server.ts';
import { cleanUpProjects } from '../support/temporary-project.ts';
import { withWorker } from '../support/test-worker.ts';
import { groups } from './cases.ts';
import { plainValues } from './plain-values.ts';
import { type Seen, writeProject } from './project.ts';

cleanUpProjects();

const server = useDevServer();

/** More at a time would have to wait for each other's evaluation. */
const AT_A_TIME = 8;

test('packages run on a server by a worker that keeps no workflow, and replays each for its second task', async () => {
  const packages = Object.values(groups)
    .flat()
    .filter(({ fails, ignoreModules, ownContext }) => !fails && !ignoreModules && !ownContext);
  const project = writeProject(packages);
  const plain = await plainValues(packages);
  const options = {
    workflowsPath: project.path('workflows.ts'),
    activities: {},
    maxCachedWorkflows: 0,
    // Large packages are evaluated by the first turn, and other tests may run beside this one.
    isolateExecutionTimeout: '1 minute',
  };
  const wrong: string[] = [];
  await withWorker(server, options, async ({ client, taskQueue }) => {
    const waiting = [...packages];
    const runWaiting = async (): Promise<void> => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        const { name } = next;
        const start = { taskQueue, workflowId: crypto.randomUUID(), args: [name] };
        const { values } = (await client.workflow.execute('main', start)) as Seen;
        const expected = plain.get(name);
        if (values.some((value) => value !== expected)) wrong.push(`${name}: ${values}, not ${expected}`);
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, runWaiting));
  });
  expect(wrong).toEqual([]);
}, 170_000);
