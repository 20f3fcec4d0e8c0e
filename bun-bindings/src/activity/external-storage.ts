import type { Info } from '@temporalio/activity';
import type { LoadedDataConverter, Payload } from '@temporalio/common';
import type { StorageDriverTargetInfo } from '@temporalio/common/lib/converter/extstore';
import type { coresdk } from '@temporalio/proto';
import { mayHoldReferences } from '../reference-search.ts';

/** Loads the storage library on demand: few workers have external storage, and it loads all messages of the API. */
const storageLibrary = () => import('@temporalio/common/lib/internal-non-workflow');

/**
 * Replaces references to external storage in a task by the stored payloads. Throws if there is a reference but no
 * storage: the reference is not the data that the activity expects.
 */
export async function fetchStored(
  task: coresdk.activity_task.IActivityTask,
  converter: LoadedDataConverter,
): Promise<void> {
  const { input, heartbeatDetails, headerFields } = task.start ?? {};
  const payloads = [...(input ?? []), ...(heartbeatDetails ?? []), ...Object.values(headerFields ?? {})];
  // Walking through a task costs more than all other steps together.
  if (!payloads.some(mayBeReference)) return;
  const { extstoreInboundOptions, visit, walkActivityTask } = await storageLibrary();
  if (visit === undefined) {
    const { refuseReference } = await import('../older-storage.ts');
    payloads.forEach(refuseReference);
    return;
  }
  await visit(task, walkActivityTask, extstoreInboundOptions(converter.externalStorage));
}

function mayBeReference({ metadata }: Payload): boolean {
  return metadata?.messageType != null && mayHoldReferences(metadata.messageType);
}

/** Moves large payloads of a heartbeat to external storage, if the converter has any. */
export async function storeHeartbeat(
  heartbeat: coresdk.IActivityHeartbeat,
  converter: LoadedDataConverter,
  info: Info,
): Promise<void> {
  if (converter.externalStorage === undefined) return;
  const { extstoreStoreOptions, visit, walkActivityHeartbeat } = await storageLibrary();
  await visit(
    heartbeat,
    walkActivityHeartbeat,
    extstoreStoreOptions(converter.externalStorage, { initialTarget: ownerOf(info) }),
  );
}

/** Moves large payloads of a completion to external storage, if the converter has any. */
export async function storeCompletion(
  completion: coresdk.IActivityTaskCompletion,
  converter: LoadedDataConverter,
  info: Info,
): Promise<void> {
  if (converter.externalStorage === undefined) return;
  const { extstoreStoreOptions, visit, walkActivityTaskCompletion } = await storageLibrary();
  await visit(
    completion,
    walkActivityTaskCompletion,
    extstoreStoreOptions(converter.externalStorage, { initialTarget: ownerOf(info) }),
  );
}

/** Names the owner of stored data: the activity's workflow, or the activity itself if it has no workflow. */
function ownerOf(info: Info): StorageDriverTargetInfo {
  if (info.inWorkflow) {
    return {
      kind: 'workflow',
      namespace: info.namespace,
      id: info.workflowExecution?.workflowId,
      runId: info.workflowExecution?.runId,
      type: info.workflowType,
    };
  }
  return {
    kind: 'activity',
    namespace: info.namespace,
    id: info.activityId,
    type: info.activityType,
    runId: info.activityRunId,
  };
}
