import { expect, test } from 'bun:test';
import {
  defaultPayloadConverter,
  ExternalStorage,
  type LoadedDataConverter,
  type Payload,
  type StorageDriver,
  StorageDriverClaim,
} from '@temporalio/common';
import { isReferencePayload, loadDataConverter } from '@temporalio/common/lib/internal-non-workflow';
import type { coresdk } from '@temporalio/proto';
import { fetchStored, storeCompletion } from './external-storage.ts';

/** Keeps payloads in memory, until it is broken. */
class MemoryDriver implements StorageDriver {
  readonly name = 'memory';
  readonly type = 'test.memory';
  readonly payloads: Payload[] = [];
  broken = false;

  async store(_context: object, payloads: Payload[]): Promise<StorageDriverClaim[]> {
    if (this.broken) throw new Error('out of order');
    return payloads.map((payload) => new StorageDriverClaim({ index: String(this.payloads.push(payload) - 1) }));
  }

  async retrieve(_context: object, claims: StorageDriverClaim[]): Promise<Payload[]> {
    if (this.broken) throw new Error('out of order');
    return claims.map(({ claimData }) => this.payloads[Number(claimData.index)] as Payload);
  }
}

function storage() {
  const driver = new MemoryDriver();
  const externalStorage = new ExternalStorage({ drivers: [driver], payloadSizeThreshold: 1000 });
  return { driver, converter: { ...loadDataConverter(), externalStorage } satisfies LoadedDataConverter };
}

const completionWith = (value: unknown): coresdk.nexus.INexusTaskCompletion => ({
  completed: { startOperation: { syncSuccess: { payload: defaultPayloadConverter.toPayload(value) } } },
});

const resultOf = (completion: coresdk.nexus.INexusTaskCompletion) =>
  completion.completed?.startOperation?.syncSuccess?.payload as Payload;

const taskWith = (payload: Payload): coresdk.nexus.INexusTask => ({
  task: { request: { startOperation: { payload } } },
});

const LARGE = '-'.repeat(5000);

test('what is large is stored, and fetched again', async () => {
  const { driver, converter } = storage();
  const completion = completionWith(LARGE);
  await storeCompletion(completion, converter);
  expect(driver.payloads).toHaveLength(1);
  expect(isReferencePayload(resultOf(completion))).toBe(true);
  const task = taskWith(resultOf(completion));
  await fetchStored(task, converter);
  expect(defaultPayloadConverter.fromPayload(task.task?.request?.startOperation?.payload as Payload)).toBe(LARGE);
});

test('what is small stays where it is', async () => {
  const { driver, converter } = storage();
  const completion = completionWith('small');
  await storeCompletion(completion, converter);
  expect(defaultPayloadConverter.fromPayload(resultOf(completion))).toBe('small');
  expect(driver.payloads).toBeEmpty();
});

test('a storage that fails makes the request be tried again', async () => {
  const { driver, converter } = storage();
  const stored = completionWith(LARGE);
  await storeCompletion(stored, converter);
  driver.broken = true;
  const errors = [
    await storeCompletion(completionWith(LARGE), converter).catch((error) => error),
    await fetchStored(taskWith(resultOf(stored)), converter).catch((error) => error),
  ];
  for (const error of errors) expect(error).toMatchObject({ type: 'INTERNAL', retryable: true });
});

test('a reference is an error without a storage', async () => {
  const { converter } = storage();
  const stored = completionWith(LARGE);
  await storeCompletion(stored, converter);
  const error = await fetchStored(taskWith(resultOf(stored)), loadDataConverter()).catch((error) => error);
  expect(error).toMatchObject({ type: 'INTERNAL', retryable: true });
});
