import { expect, test } from 'bun:test';
import { ExternalStorage, type Payload } from '@temporalio/common';
import { limit } from '@temporalio/common/lib/concurrency/limit';
import { isReferencePayload } from '@temporalio/common/lib/internal-non-workflow';
import { coresdk } from '@temporalio/proto';
import { MemoryDriver } from '../../../tests/fixtures/data/memory-driver.ts';
import { payload } from '../../../tests/support/isolate-driver.ts';
import { RunStorage } from './run-storage.ts';

const { WorkflowActivation } = coresdk.workflow_activation;

const large = () => payload('-'.repeat(200));
const start = { workflowId: 'w', workflowType: 't' };

function storageWith(drivers: MemoryDriver[], readOnly = false): RunStorage {
  const driverSelector = () => drivers.shift() as MemoryDriver;
  const externalStorage = new ExternalStorage({ drivers: [...drivers], driverSelector, payloadSizeThreshold: 100 });
  return new RunStorage({ externalStorage, namespace: 'n', runId: 'r', start, readOnly, limit: limit(20) });
}

async function fetchWith(storage: RunStorage, activation: coresdk.workflow_activation.IWorkflowActivation) {
  const bytes = WorkflowActivation.encode(activation).finish();
  const decoded = WorkflowActivation.decode(bytes);
  await storage.fetch(decoded, bytes);
  return decoded;
}

async function storeWith(storage: RunStorage, result: Payload) {
  const completion = { runId: 'r', successful: { commands: [{ completeWorkflowExecution: { result } }] } };
  await storage.store(completion);
  return completion as typeof completion & coresdk.workflow_completion.IWorkflowActivationCompletion;
}

const stored = (completion: Awaited<ReturnType<typeof storeWith>>): boolean => {
  const [command] = completion.successful.commands;
  return command !== undefined && isReferencePayload(command.completeWorkflowExecution.result);
};

test('core is told how much storage had to do for a task, in both directions', async () => {
  const driver = new MemoryDriver('one');
  const storage = storageWith([driver]);
  await fetchWith(storage, { jobs: [{ initializeWorkflow: start }] });
  const first = await storeWith(storage, large());
  expect(stored(first)).toBe(true);
  expect(first.payloadDownloadMetrics).toBeUndefined();
  expect(first.payloadUploadMetrics).toMatchObject({ driverNames: ['one'] });
  expect(Number(first.payloadUploadMetrics?.payloadCount)).toBe(1);
  expect(Number(first.payloadUploadMetrics?.totalSizeBytes)).toBeGreaterThan(200);

  const reference = first.successful.commands[0]?.completeWorkflowExecution.result as Payload;
  const activation = await fetchWith(storage, {
    jobs: [{ signalWorkflow: { signalName: 's', input: [reference, payload('small')] } }],
  });
  expect(activation.jobs[0]?.signalWorkflow?.input?.[0]?.data).toEqual(large().data as Uint8Array);
  const second = await storeWith(storage, payload('small'));
  expect(stored(second)).toBe(false);
  expect(second.payloadUploadMetrics).toBeUndefined();
  expect(Number(second.payloadDownloadMetrics?.payloadCount)).toBe(1);
  await fetchWith(storage, { jobs: [{ fireTimer: { seq: 1 } }] });
  expect((await storeWith(storage, payload('small'))).payloadDownloadMetrics).toBeUndefined();
});

test('what is replayed was stored before; the answer to a query was not', async () => {
  const storage = storageWith([new MemoryDriver('one')]);
  await fetchWith(storage, { isReplaying: true, jobs: [{ initializeWorkflow: start }] });
  expect(stored(await storeWith(storage, large()))).toBe(false);
  await fetchWith(storage, { isReplaying: true, jobs: [{ queryWorkflow: { queryId: 'q' } }] });
  expect(stored(await storeWith(storage, large()))).toBe(true);
});

test('a replay worker stores nothing, and neither does a task that fails', async () => {
  expect(stored(await storeWith(storageWith([new MemoryDriver('one')], true), large()))).toBe(false);
  const driver = new MemoryDriver('one');
  const failure = { applicationFailureInfo: { details: { payloads: [large()] } } };
  await storageWith([driver]).store({ runId: 'r', failed: { failure } });
  expect(driver.payloads).toEqual([]);
});

test('several places are stored at the same time, and one that fails stops the others', async () => {
  const drivers = [new MemoryDriver('slow'), new MemoryDriver('broken')];
  const [slow, broken] = drivers as [MemoryDriver, MemoryDriver];
  const aborted = Promise.withResolvers<unknown>();
  slow.before = (_operation, signal) => {
    const { promise, reject } = Promise.withResolvers<void>();
    signal?.addEventListener('abort', () => {
      aborted.resolve(signal.reason);
      reject(signal.reason);
    });
    return promise;
  };
  broken.before = () => {
    throw new Error('The disk is full');
  };
  const storage = storageWith(drivers);
  const commands = [1, 2].map((seq) => ({ scheduleActivity: { seq, arguments: [large()] } }));
  const error = await storage.store({ runId: 'r', successful: { commands } }).catch((thrown) => thrown);
  expect(error.message).toBe('The disk is full');
  expect(await aborted.promise).toBe(error);
});
