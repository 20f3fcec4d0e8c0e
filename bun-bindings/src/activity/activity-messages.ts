import type { coresdk } from '@temporalio/proto';
import { type INamespace, Root } from 'protobufjs/light';
import descriptors from './activity-messages.generated.json' with { type: 'json' };

// A subset of the types of `@temporalio/proto`, which takes much longer and more memory to load as a whole.
// Not `Root.fromJSON`, which also resolves what no message of a worker needs.
const root = new Root().addJSON((descriptors as INamespace).nested ?? {}) as Root;

export const ActivityTask = messageType<typeof coresdk.activity_task.ActivityTask>(
  'coresdk.activity_task.ActivityTask',
);
export const ActivityTaskCompletion = messageType<typeof coresdk.ActivityTaskCompletion>(
  'coresdk.ActivityTaskCompletion',
);
export const ActivityHeartbeat = messageType<typeof coresdk.ActivityHeartbeat>('coresdk.ActivityHeartbeat');

export const ActivityCancelReason = root.lookupEnum('coresdk.activity_task.ActivityCancelReason')
  .values as unknown as typeof coresdk.activity_task.ActivityCancelReason;

function messageType<T>(name: string): T {
  return root.lookupType(name) as unknown as T;
}
