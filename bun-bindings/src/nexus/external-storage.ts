import type { LoadedDataConverter } from '@temporalio/common';
import * as library from '@temporalio/common/lib/internal-non-workflow';
import { errorMessage } from '@temporalio/common/lib/type-helpers';
import type { coresdk } from '@temporalio/proto';
import { HandlerError } from 'nexus-rpc';
import { refuseReference } from '../older-storage.ts';

// Versions before 1.21 lack some of these: to import them by their names would fail there.
const {
  extstoreInboundOptions,
  extstoreStoreOptions,
  isReferencePayload,
  visit,
  walkNexusTask,
  walkNexusTaskCompletion,
} = library;

/**
 * Replaces an input that is a reference to external storage by the stored payload. Throws a retryable HandlerError if
 * it cannot be fetched.
 */
export async function fetchStored(task: coresdk.nexus.INexusTask, converter: LoadedDataConverter): Promise<void> {
  const payload = task.task?.request?.startOperation?.payload;
  if (payload == null || !isReferencePayload(payload)) return;
  await orTryAgain(async () => {
    if (visit === undefined) refuseReference(payload);
    else await visit(task, walkNexusTask, extstoreInboundOptions(converter.externalStorage));
  });
}

/**
 * Moves large payloads of a completion to external storage, if the converter has any. Throws a retryable HandlerError
 * if they cannot be stored.
 */
export async function storeCompletion(
  completion: coresdk.nexus.INexusTaskCompletion,
  { externalStorage }: LoadedDataConverter,
): Promise<void> {
  if (externalStorage === undefined) return;
  await orTryAgain(() => visit(completion, walkNexusTaskCompletion, extstoreStoreOptions(externalStorage)));
}

async function orTryAgain(useStorage: () => Promise<unknown>): Promise<void> {
  try {
    await useStorage();
  } catch (cause) {
    throw new HandlerError('INTERNAL', errorMessage(cause), { cause, retryableOverride: true });
  }
}
