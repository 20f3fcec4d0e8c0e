import { describe, expect, test } from 'bun:test';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import { useTestEnvironment } from '../../src/testing/index.ts';
import { WorkerRuntime } from '../../src/worker/worker.ts';
import * as activities from '../fixtures/activities.ts';
import { hello } from '../fixtures/workflows.ts';

describe('schedules on an embedded server', () => {
  const env = useTestEnvironment({ embedded: true });
  const taskQueue = 'of-schedules';

  const create = (scheduleId: string) =>
    env.client.schedule.create({
      scheduleId,
      spec: { intervals: [{ every: '1 hour' }] },
      action: { type: 'startWorkflow', workflowType: hello, taskQueue, args: ['Ada'], workflowId: `${scheduleId}-run` },
      policies: { overlap: ScheduleOverlapPolicy.ALLOW_ALL },
    });

  async function withWorker<T>(body: () => Promise<T>): Promise<T> {
    const worker = await WorkerRuntime.create({
      connection: env.nativeConnection,
      namespace: env.namespace,
      taskQueue,
      workflowsPath: `${import.meta.dir}/../fixtures/workflows.ts`,
      activities,
    });
    return worker.runUntil(body);
  }

  async function resultsOf(scheduleId: string): Promise<unknown[]> {
    const results: unknown[] = [];
    for await (const { workflowId } of env.client.workflow.list({ query: `WorkflowType = 'hello'` })) {
      if (workflowId.startsWith(`${scheduleId}-run`))
        results.push(await env.client.workflow.getHandle(workflowId).result());
    }
    return results;
  }

  test('start workflows as time is skipped, and none while they are paused', async () => {
    await withWorker(async () => {
      const handle = await create('hourly');
      await env.sleep('3 hours');
      expect(await resultsOf('hourly')).toEqual(['Hello, Ada!', 'Hello, Ada!', 'Hello, Ada!']);
      await handle.pause('for the night');
      // Time may have gone on while the results were waited for.
      const { numActionsTaken } = (await handle.describe()).info;
      await env.sleep('3 hours');
      const { state, info } = await handle.describe();
      expect(state).toMatchObject({ paused: true, note: 'for the night' });
      expect(info.numActionsTaken).toBe(numActionsTaken);
      await handle.delete();
    });
  });

  test('are triggered, changed, listed and deleted', async () => {
    await withWorker(async () => {
      const handle = await create('triggered');
      await handle.pause();
      await handle.trigger();
      await env.sleep('1 second');
      expect(await resultsOf('triggered')).toEqual(['Hello, Ada!']);
      await handle.update(({ action, ...previous }) => ({ ...previous, action: { ...action, args: ['Grace'] } }));
      await handle.trigger();
      await env.sleep('1 second');
      expect((await resultsOf('triggered')).sort()).toEqual(['Hello, Ada!', 'Hello, Grace!']);
      const listed = await Array.fromAsync(env.client.schedule.list());
      expect(listed.map(({ scheduleId }) => scheduleId)).toContain('triggered');
      await handle.delete();
      await expect(handle.describe()).rejects.toThrow(/not found/i);
    });
  });

  test('of an id that is taken are refused', async () => {
    const handle = await create('taken');
    await expect(create('taken')).rejects.toThrow(/taken|already/i);
    await handle.delete();
  });
});
