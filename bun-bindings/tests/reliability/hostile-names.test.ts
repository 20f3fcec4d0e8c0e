import { expect, setDefaultTimeout, test } from 'bun:test';
import { useDevServer } from '../support/dev-server.ts';
import { withWorker } from '../support/test-worker.ts';

setDefaultTimeout(60_000);
const server = useDevServer();
const workflowsPath = `${import.meta.dir}/../fixtures/hostile-names.ts`;

/** Workflow types that the fixture has. */
const types = [
  ...['__proto__', 'constructor', 'hasOwnProperty', 'prototype', 'then', 'toString'],
  ...['a b/c:d?e#f%20"g\'h`i$j\\k', 'مرحبا', '日本語 ワークフロー', 'Übergrößenträger', '🦊🦝'],
];
/** Each as the name of a workflow type, or else served by the default workflow. */
const names = [...types, 'valueOf', 'default', 'length', '0', 'x'.repeat(1_000)];

test.each(names)('%p names a workflow, an activity, a signal, a query, an update and a task queue', async (name) => {
  // Defines an own property, also for `__proto__`.
  const activities = Object.fromEntries([[name, async (text: string) => text]]);
  await withWorker(server, { workflowsPath, activities, taskQueue: name }, async ({ client, taskQueue }) => {
    const handle = await client.workflow.start(name, { taskQueue, workflowId: name, args: [name] });
    expect(await handle.executeUpdate<number, [string]>(name, { args: ['update'] })).toBeGreaterThan(0);
    await handle.signal<[string]>(name, 'signal');
    expect((await handle.result()).toSorted()).toEqual(['activity', 'signal', 'update']);
    expect(((await handle.query(name)) as string[]).length).toBe(3);
  });
});

test('names without a character are refused by the server, and nothing else happens', async () => {
  await withWorker(server, { workflowsPath, activities: {} }, async ({ client, taskQueue }) => {
    const workflowId = crypto.randomUUID();
    const refused = await client.workflow.start('', { taskQueue, workflowId, args: [''] }).catch((error) => error);
    expect(String(refused.cause ?? refused)).toContain('INVALID_ARGUMENT');
    const handle = await client.workflow.start('constructor', { taskQueue, workflowId, args: ['x'] });
    const signal = await handle.signal('').catch((error) => error);
    expect(String(signal.cause ?? signal)).toContain('INVALID_ARGUMENT');
    await handle.terminate();
  });
});
