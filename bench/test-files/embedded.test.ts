// A test of one workflow as a user would write it, on the server inside of the process.
import { expect, test } from 'bun:test';
import { Worker } from 'temporal-bun-sdk';
import { useTestEnvironment } from 'temporal-bun-sdk/testing';
import * as activities from '../work/activities.mjs';

const env = useTestEnvironment({ embedded: true });

test('greets', async () => {
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: 'test',
    workflowsPath: `${import.meta.dir}/../work/workflows.ts`,
    activities,
  });
  const options = { taskQueue: 'test', workflowId: 'greets', args: ['you'] };
  expect(await worker.runUntil(env.client.workflow.execute('hello', options))).toBe('Hello, you!');
});
