import { expect, setDefaultTimeout, test } from 'bun:test';
import { activityInfo, CompleteAsyncError, heartbeat } from '@temporalio/activity';
import type { FullActivityId, WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, type DataConverter, ExternalStorage } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { AesGcmCodec } from '../fixtures/data/aes-gcm-codec.ts';
import { MemoryDriver } from '../fixtures/data/memory-driver.ts';
import { failureOf } from '../support/observe.ts';
import { useServer } from '../support/test-server.ts';
import { useDataWorker } from '../workflow-data/data-worker.ts';
import { once, quickly, startCall, workflowsPath } from './activity-worker.ts';

setDefaultTimeout(60_000);
const server = useServer();
const driver = new MemoryDriver('memory');
const dataConverter: DataConverter = {
  payloadCodecs: [await AesGcmCodec.create()],
  externalStorage: new ExternalStorage({ drivers: [driver], payloadSizeThreshold: 1000 }),
};
const LONG = 'secret '.repeat(500);

/** All that the server knows of a run. */
async function onTheWire(handle: WorkflowHandle): Promise<string> {
  const { History } = temporal.api.history.v1;
  return Buffer.from(History.encode(await handle.fetchHistory()).finish()).toString('latin1');
}

const left = new Map<string, PromiseWithResolvers<FullActivityId>>();
const activities = {
  /** Returns, in its second attempt, the heartbeat details of the first one. */
  async retried(text: string): Promise<string> {
    const { attempt, heartbeatDetails } = activityInfo();
    if (attempt > 1) return heartbeatDetails;
    heartbeat(text);
    throw ApplicationFailure.create({ message: 'once more', details: [text] });
  },
  async completedElsewhere(name: string): Promise<never> {
    const { activityId, workflowExecution } = activityInfo();
    left.get(name)?.resolve({ activityId, ...workflowExecution } as FullActivityId);
    throw new CompleteAsyncError();
  },
};
const worker = useDataWorker(server, dataConverter, { activities, workflowsPath });

test('heartbeats and failures are encrypted, and stored elsewhere if they are large', async () => {
  for (const text of ['secret', LONG]) {
    const before = driver.payloads.length;
    const handle = await startCall(worker, quickly, [text], 'retried');
    expect(await handle.result()).toBe(text);
    const wire = await onTheWire(handle);
    expect(wire).toContain('retried');
    expect(wire).not.toContain('secret');
    const stored = driver.targets.slice(before);
    // The workflow's arguments, the activity's, the heartbeat, the details of the failure, and the result twice.
    expect(stored).toHaveLength(text === LONG ? 6 : 0);
    for (const target of stored) {
      expect(target).toMatchObject({ kind: 'workflow', namespace: 'default', id: handle.workflowId });
    }
  }
});

/** Starts an activity that is completed by the test. */
async function begin() {
  const name = crypto.randomUUID();
  const leaving = Promise.withResolvers<FullActivityId>();
  left.set(name, leaving);
  const handle = await startCall(worker, once, [name], 'completedElsewhere');
  return { handle, id: await leaving.promise };
}

test('a program that completes an activity encrypts for it', async () => {
  const { handle, id } = await begin();
  await worker.client.activity.heartbeat(id, LONG);
  await worker.client.activity.complete(id, LONG);
  expect(await handle.result()).toBe(LONG);
  expect(await onTheWire(handle)).not.toContain('secret');
});

test('a program that fails an activity encrypts for it', async () => {
  const { handle, id } = await begin();
  await worker.client.activity.fail(id, ApplicationFailure.nonRetryable('no', 'No', LONG));
  expect((await failureOf(handle))?.cause).toMatchObject({ type: 'No', details: [LONG] });
});
