import { describe, expect, test } from 'bun:test';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import * as workflows from './fixtures/workflows.ts';
import { useDevServer } from './support/dev-server.ts';
import { withWorker } from './support/test-worker.ts';

const server = useDevServer();

/** Each behaviour with runs that stay in the cache, and with runs that are replayed for every task. */
describe.each([
  ['with a cache', {}],
  ['without a cache', { maxCachedWorkflows: 0 }],
  ['over two workflow threads', { workflowThreadPoolSize: 2 }],
  ['with a context for each run', { reuseV8Context: false }],
  ['in debug mode', { debugMode: true }],
])('%s', (_name, options) => {
  const onWorker = <R>(fn: Parameters<typeof withWorker<R>>[2]) => withWorker(server, options, fn);

  test('a workflow runs its activity and returns its result', async () => {
    const result = await onWorker(({ client, taskQueue }) =>
      client.workflow.execute(workflows.hello, { taskQueue, workflowId: crypto.randomUUID(), args: ['Bun'] }),
    );
    expect(result).toBe('Hello, Bun!');
  });

  test('signals arrive in order, queries see their effect, runs share no module', async () => {
    await onWorker(async ({ client, taskQueue }) => {
      const start = () => client.workflow.start(workflows.greeter, { taskQueue, workflowId: crypto.randomUUID() });
      const handles = await Promise.all([start(), start()]);
      for (const [index, handle] of handles.entries()) {
        for (const name of ['Ada', 'Bob', `C${index}`]) await handle.signal(workflows.addName, name);
        expect(await handle.query(workflows.namesSoFar)).toEqual(['Ada', 'Bob', `C${index}`]);
        await handle.signal(workflows.finish);
        const greetings = [`Hello, Ada of 1!`, `Hello, Bob of 1!`, `Hello, C${index} of 1!`];
        expect(await handle.result()).toEqual(greetings);
      }
    });
  });

  test('a timer takes its time, as the workflow sees it too', async () => {
    const slept = await onWorker(({ client, taskQueue }) =>
      client.workflow.execute(workflows.napper, { taskQueue, workflowId: crypto.randomUUID(), args: [1000] }),
    );
    expect(slept).toBeGreaterThanOrEqual(1000);
  });

  test('child workflows run side by side', async () => {
    const names = ['a', 'b', 'c'];
    const results = await onWorker(({ client, taskQueue }) =>
      client.workflow.execute(workflows.parent, { taskQueue, workflowId: crypto.randomUUID(), args: [names] }),
    );
    expect(results).toEqual(names.map((name) => `Hello, ${name}!`));
  });

  test('a workflow continues as new', async () => {
    const result = await onWorker(({ client, taskQueue }) =>
      client.workflow.execute(workflows.countdown, { taskQueue, workflowId: crypto.randomUUID(), args: [3] }),
    );
    expect(result).toMatch(/^run [-0-9a-f]+ follows true$/);
  });
});

test('an ApplicationFailure fails the workflow, and names the line of the TypeScript source', async () => {
  const failure = await withWorker(
    server,
    { workflowsPath: `${import.meta.dir}/fixtures/failing-workflows.ts` },
    async (running) => {
      const { client, taskQueue } = running;
      const workflow = client.workflow.execute('fails', {
        taskQueue,
        workflowId: crypto.randomUUID(),
        args: ['on purpose'],
      });
      return workflow.catch((error) => error);
    },
  );
  expect(failure).toBeInstanceOf(WorkflowFailedError);
  expect(failure.cause).toBeInstanceOf(ApplicationFailure);
  expect(failure.cause.message).toBe('on purpose');
  expect(failure.cause.stack).toContain('failing-workflows.ts:5:');
});

test('a workflow that is not there fails its task, not the worker', async () => {
  await withWorker(server, {}, async ({ client, taskQueue }) => {
    const unknown = await client.workflow.start('noSuchWorkflow', { taskQueue, workflowId: crypto.randomUUID() });
    const hello = client.workflow.execute(workflows.hello, {
      taskQueue,
      workflowId: crypto.randomUUID(),
      args: ['you'],
    });
    expect(await hello).toBe('Hello, you!');
    expect((await unknown.describe()).status.name).toBe('RUNNING');
    await unknown.terminate();
  });
});

test('a thousand workflows at once all complete', async () => {
  const expected = Array.from({ length: 1000 }, (_, index) => `Hello, ${index}!`);
  const results = await withWorker(server, { maxCachedWorkflows: 200 }, ({ client, taskQueue }) =>
    Promise.all(
      expected.map((_, index) =>
        client.workflow.execute(workflows.hello, { taskQueue, workflowId: `thousand-${index}`, args: [`${index}`] }),
      ),
    ),
  );
  expect(results).toEqual(expected);
}, 180_000);
