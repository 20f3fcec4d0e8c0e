import { expect, test } from 'bun:test';
import { Worker } from '@temporalio/worker';
import { useTestEnvironment } from '@temporalio/worker/testing';
import * as activities from '../src/activities';
import { hello } from '../src/workflows';

const env = useTestEnvironment();

test('hello greets by its activity', async () => {
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: 'test',
    workflowsPath: require.resolve('../src/workflows'),
    activities,
  });
  const greeting = await worker.runUntil(
    env.client.workflow.execute(hello, { taskQueue: 'test', workflowId: 'test-hello', args: ['Ann'] }),
  );
  expect(greeting).toBe('Hello, Ann!');
}, 30_000);
