import { expect, test } from 'bun:test';
import { Worker } from 'temporal-bun-sdk';
import type { TestWorkflowEnvironment } from 'temporal-bun-sdk/testing';
import * as activities from '../work/activities.mjs';

/** Defines a test of one workflow as a user would write it. */
export function greets(env: TestWorkflowEnvironment): void {
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
}
