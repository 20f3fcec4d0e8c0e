import type { coresdk } from '@temporalio/proto';

/** One attempt of an activity, on the main thread or in a thread. */
export interface RunningActivity {
  readonly activityType: string;
  readonly isLocal: boolean;
  /** Tells whether the activity has sent a heartbeat. */
  readonly heartbeats: { readonly used: boolean };
  /** Requests cancellation. */
  cancel(cancel: coresdk.activity_task.ICancel): void;
  /** Resolves with the completion when the activity has ended. Rejects if its failure cannot be encoded. */
  run(): Promise<coresdk.IActivityTaskCompletion>;
}
