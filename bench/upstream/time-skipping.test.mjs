// A test of one workflow as a user of @temporalio/testing would write it: time-skipping.test.mjs, with the server's program in
// TEMPORAL_TEST_SERVER.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import * as activities from './work/activities.mjs';

let env;
before(async () => {
  const executable = { type: 'existing-path', path: process.env.TEMPORAL_TEST_SERVER };
  env = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
});
after(() => env.teardown());

test('greets', async () => {
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: 'test',
    workflowsPath: fileURLToPath(new URL('./work/workflows.ts', import.meta.url)),
    activities,
  });
  const options = { taskQueue: 'test', workflowId: 'greets', args: ['you'] };
  assert.equal(await worker.runUntil(env.client.workflow.execute('hello', options)), 'Hello, you!');
});
