import { coresdk } from '@temporalio/proto';
import type { CompletionQueue, TaskStream } from '../../src/native/completion-queue.ts';
import type { NativeBridgeError } from '../../src/native/error.ts';

/** A native worker whose activity tasks come from a test, which sees what is sent back. */
export class FakeActivityWorker {
  readonly heartbeats: coresdk.ActivityHeartbeat[] = [];
  readonly completions: coresdk.ActivityTaskCompletion[] = [];
  /** The error that refuses the next completions, if they are to be refused. */
  refuseCompletions: Error | undefined;
  #stream: TaskStream | undefined;
  readonly #waiting = new Map<string, PromiseWithResolvers<coresdk.activity_result.IActivityExecutionResult>>();

  attachActivityQueue(_queue: CompletionQueue, stream: TaskStream): void {
    this.#stream = stream;
  }

  async completeActivityTask(_queue: CompletionQueue, bytes: Uint8Array): Promise<void> {
    const completion = coresdk.ActivityTaskCompletion.decode(bytes);
    this.completions.push(completion);
    this.#resultOf(completion.taskToken).resolve(completion.result as coresdk.activity_result.IActivityExecutionResult);
    if (this.refuseCompletions) throw this.refuseCompletions;
  }

  recordActivityHeartbeat(bytes: Uint8Array): void {
    this.heartbeats.push(coresdk.ActivityHeartbeat.decode(bytes));
  }

  /** Hands out a start task. Resolves with the result that the activity is completed with. */
  start(token: string, start: coresdk.activity_task.IStart): Promise<coresdk.activity_result.IActivityExecutionResult> {
    this.#deliver({ taskToken: Buffer.from(token), start: { ...startDefaults, ...start } });
    return this.#resultOf(Buffer.from(token)).promise;
  }

  cancel(token: string, cancel: coresdk.activity_task.ICancel): void {
    this.#deliver({ taskToken: Buffer.from(token), cancel });
  }

  fail(message: string): void {
    this.#stream?.onError(
      Object.assign(new Error(message), { code: 'worker_failed', details: {} }) as NativeBridgeError,
    );
  }

  end(): void {
    this.#stream?.onEnd();
  }

  #deliver(task: coresdk.activity_task.IActivityTask): void {
    this.#stream?.onTask(coresdk.activity_task.ActivityTask.encode(task).finish());
  }

  #resultOf(token: Uint8Array) {
    const key = Buffer.from(token).toString();
    let waiting = this.#waiting.get(key);
    if (waiting === undefined) {
      waiting = Promise.withResolvers();
      this.#waiting.set(key, waiting);
    }
    return waiting;
  }
}

const startDefaults: coresdk.activity_task.IStart = {
  workflowNamespace: 'default',
  workflowType: 'myWorkflow',
  workflowExecution: { workflowId: 'wf', runId: 'run' },
  activityId: '1',
  activityType: 'run',
  attempt: 1,
  scheduledTime: { seconds: 1000 as never, nanos: 500_000_000 },
  currentAttemptScheduledTime: { seconds: 1001 as never },
  startToCloseTimeout: { seconds: 10 as never },
  scheduleToCloseTimeout: { seconds: 20 as never },
};
