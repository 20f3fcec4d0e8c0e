import { FAILURE_SOURCE, type Logger } from '@temporalio/common';
import { errorMessage } from '@temporalio/common/lib/type-helpers';
import type { coresdk } from '@temporalio/proto';
import type { ActivityEnvironment } from '../../activity/activity-environment.ts';
import { ActivityExecution } from '../../activity/activity-execution.ts';
import { ActivityTask, ActivityTaskCompletion } from '../../activity/activity-messages.ts';
import type { RunningActivity } from '../../activity/running-activity.ts';
import type { ActivityThreads } from '../../activity/threads/activity-threads.ts';
import type { CompletionQueue } from '../../native/completion-queue.ts';
import type { NativeWorker } from '../../native/worker.ts';
import type { ActivityMetrics, ActivityOutcome } from './activity-metrics.ts';
import type { PollerState } from './poller-state.ts';
import { InFlightTasks } from './task-drain.ts';

export interface ActivityTaskLoopOptions {
  worker: Pick<NativeWorker, 'attachActivityQueue' | 'completeActivityTask' | 'recordActivityHeartbeat'>;
  queue: CompletionQueue;
  environment: ActivityEnvironment;
  /** Runs the activities that do not run on this thread. @default all run on this thread */
  threads?: ActivityThreads;
  metrics: ActivityMetrics;
  logger: Logger;
  /** Called when polling has failed for good. The stream still ends after the running tasks. */
  onFatal(error: unknown): void;
}

/**
 * Takes activity tasks, remote and local, from a native worker's stream, runs them, and sends back their completions.
 */
export class ActivityTaskLoop {
  readonly #options: ActivityTaskLoopOptions;
  /** Running activities by task token. A cancellation names its activity by that token. */
  readonly #executions = new Map<string, RunningActivity>();
  readonly #tasks = new InFlightTasks();

  constructor(options: ActivityTaskLoopOptions) {
    this.#options = options;
  }

  get pollerState(): PollerState {
    return this.#tasks.state;
  }

  get executions(): Iterable<RunningActivity> {
    return this.#executions.values();
  }

  get numInFlight(): number {
    return this.#executions.size;
  }

  /** Takes tasks until the worker is shut down. Resolves when the last completion is handed to core. */
  run(): Promise<void> {
    const { worker, queue, onFatal } = this.#options;
    return this.#tasks.run(
      (stream) => worker.attachActivityQueue(queue, stream),
      (bytes) => this.#onTask(bytes),
      onFatal,
    );
  }

  #onTask(bytes: Uint8Array): void {
    const task = ActivityTask.decode(bytes);
    const token = Buffer.from(task.taskToken).toString('base64');
    if (task.cancel) {
      this.#cancel(token, task.cancel);
    } else if (task.start) {
      this.#tasks.follow(this.#execute(token, task, bytes));
    } else {
      this.#options.logger.error('Got an activity task that neither starts nor cancels an activity', {
        taskToken: token,
      });
    }
  }

  #cancel(token: string, cancel: coresdk.activity_task.ICancel): void {
    const execution = this.#executions.get(token);
    if (execution === undefined) {
      // The activity ended before the cancellation arrived.
      this.#options.logger.trace('Tried to cancel a non-existing activity', { taskToken: token });
      return;
    }
    execution.cancel(cancel);
  }

  #start(task: coresdk.activity_task.ActivityTask, bytes: Uint8Array): RunningActivity {
    const { worker, environment, threads } = this.#options;
    if (threads?.activityTypes.has(task.start?.activityType ?? '')) return threads.newExecution(task, bytes);
    return new ActivityExecution(environment, task, (heartbeat) => worker.recordActivityHeartbeat(heartbeat));
  }

  async #execute(token: string, task: coresdk.activity_task.ActivityTask, bytes: Uint8Array): Promise<void> {
    const { metrics } = this.#options;
    const startedAt = performance.now();
    const execution = this.#start(task, bytes);
    this.#executions.set(token, execution);
    let completion: coresdk.IActivityTaskCompletion;
    try {
      completion = await execution.run();
    } catch (error) {
      completion = { taskToken: task.taskToken, result: this.#unencodable(execution, error) };
    }
    this.#executions.delete(token);
    metrics.ended(execution.activityType, outcomeOf(completion), performance.now() - startedAt);
    await this.#complete(execution, completion);
  }

  async #complete(execution: RunningActivity, completion: coresdk.IActivityTaskCompletion): Promise<void> {
    const { worker, queue, metrics, logger } = this.#options;
    try {
      await worker.completeActivityTask(queue, ActivityTaskCompletion.encode(completion).finish());
    } catch (error) {
      metrics.completionFailed(execution.activityType);
      logger.error('An activity completion could not be handed over', { error, activityType: execution.activityType });
    }
  }

  /** Builds a plain failure for an activity whose own failure cannot be encoded because a converter or codec throws. */
  #unencodable(execution: RunningActivity, error: unknown): coresdk.activity_result.IActivityExecutionResult {
    const message = `Failed to encode the failure of activity ${execution.activityType}: ${errorMessage(error)}`;
    this.#options.logger.error(message, { error });
    return {
      failed: { failure: { message, source: FAILURE_SOURCE, applicationFailureInfo: { type: 'EncodingError' } } },
    };
  }
}

function outcomeOf({ result }: coresdk.IActivityTaskCompletion): ActivityOutcome {
  if (result?.completed) return 'completed';
  if (result?.cancelled) return 'cancelled';
  return result?.willCompleteAsync ? 'async' : 'failed';
}
