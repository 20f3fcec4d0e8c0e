import { FAILURE_SOURCE } from '@temporalio/common';
import { errorMessage } from '@temporalio/common/lib/type-helpers';
import type { coresdk } from '@temporalio/proto';
import type { RunningActivity } from '../running-activity.ts';
import type { ActivityThread } from './activity-thread.ts';

/** One attempt of an activity in a thread, from its start task to its completion. */
export class ThreadedActivity implements RunningActivity {
  readonly activityType: string;
  readonly isLocal: boolean;
  readonly heartbeats = { used: false };
  readonly #taskToken: Uint8Array;
  readonly #completion = Promise.withResolvers<coresdk.IActivityTaskCompletion>();
  readonly #thread: ActivityThread;
  readonly #id: number;

  /** Starts the activity of a task, which is given encoded as well. */
  constructor(thread: ActivityThread, task: coresdk.activity_task.ActivityTask, bytes: Uint8Array) {
    this.activityType = task.start?.activityType ?? '';
    this.isLocal = task.start?.isLocal ?? false;
    this.#taskToken = task.taskToken;
    this.#thread = thread;
    this.#id = thread.start(bytes, {
      completion: this.#completion,
      onHeartbeat: () => {
        this.heartbeats.used = true;
      },
    });
  }

  cancel(cancel: coresdk.activity_task.ICancel): void {
    this.#thread.cancel(this.#id, cancel);
  }

  /** Resolves with the completion. If the thread crashes, that is a failure which is tried again. */
  async run(): Promise<coresdk.IActivityTaskCompletion> {
    try {
      return await this.#completion.promise;
    } catch (error) {
      const message = `The thread of activity ${this.activityType} crashed: ${errorMessage(error)}`;
      const failure = { message, source: FAILURE_SOURCE, applicationFailureInfo: { type: 'ActivityThreadCrashed' } };
      return { taskToken: this.#taskToken, result: { failed: { failure } } };
    }
  }
}
