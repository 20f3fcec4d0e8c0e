import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { temporal } from '@temporalio/proto';
import { useTestEnvironment } from '../src/testing/index.ts';
import { WorkerRuntime } from '../src/worker/worker.ts';
import { ATTACKS } from './fixtures/realm-attacks.ts';

const { EventType } = temporal.api.enums.v1;

/** The events that a workflow task ends with. */
const ENDS_OF_TASKS: unknown[] = [
  EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
  EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED,
  EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT,
];

const env = useTestEnvironment({ embedded: true });

describe('in a workflow thread', () => {
  const taskQueue = 'attacks';
  const over = Promise.withResolvers<void>();
  let worker: Promise<void>;
  let before: { digest: unknown; survey: unknown };
  beforeAll(async () => {
    const { nativeConnection: connection } = env;
    const workflowsPath = join(import.meta.dir, 'fixtures/realm-attacks.ts');
    // One thread, so that what an attack leaves behind is where the next run looks.
    const attacked = await WorkerRuntime.create({ connection, taskQueue, workflowsPath, workflowThreadPoolSize: 1 });
    worker = attacked.runUntil(over.promise);
    before = { survey: await resultOf('survey'), digest: await resultOf('digest') };
  });
  afterAll(async () => {
    over.resolve();
    await worker;
  });

  function resultOf(workflowType: string): Promise<unknown> {
    return env.client.workflow.execute(workflowType, { taskQueue, workflowId: crypto.randomUUID() });
  }

  async function expectNothingLeft(): Promise<void> {
    // A survey is large, and only looked at to tell what is wrong.
    if ((await resultOf('digest')) !== before.digest) expect(await resultOf('survey')).toEqual(before.survey);
  }

  test.each(Object.keys(ATTACKS))('nothing stays of an attack on %s', async (name) => {
    const workflowId = crypto.randomUUID();
    const handle = await env.client.workflow.start('attackTwice', { taskQueue, workflowId, args: [name] });
    const first = await endOfTask(workflowId, 1);
    await expectNothingLeft();
    // The history tells of the first attempt that fails, and of no other.
    if (first === EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED) {
      await handle.signal('goOn');
      await endOfTask(workflowId, 2);
      await expectNothingLeft();
    }
    await handle.terminate().catch(() => {});
  });
});

/** Waits until a run's workflow task with this number, from 1 on, has ended. Returns the type of the event that says so. */
async function endOfTask(workflowId: string, number: number): Promise<unknown> {
  let nextPageToken: Uint8Array | undefined;
  let ended = 0;
  for (;;) {
    const answer = await env.client.workflowService.getWorkflowExecutionHistory({
      namespace: env.client.options.namespace,
      execution: { workflowId },
      waitNewEvent: true,
      nextPageToken,
    });
    for (const { eventType } of answer.history?.events ?? []) {
      if (ENDS_OF_TASKS.includes(eventType) && ++ended === number) return eventType;
    }
    nextPageToken = answer.nextPageToken;
  }
}
