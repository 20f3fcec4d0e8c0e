import type { Logger } from '@temporalio/common';
import { errorMessage } from '@temporalio/common/lib/type-helpers';
import { coresdk } from '@temporalio/proto';
import type { CompletionQueue } from '../../native/completion-queue.ts';
import type { NativeWorker } from '../../native/worker.ts';
import type { NexusEnvironment } from '../../nexus/nexus-environment.ts';
import { NexusExecution } from '../../nexus/nexus-execution.ts';
import { internalFailure } from '../../nexus/nexus-failures.ts';
import type { PollerState } from './poller-state.ts';
import { InFlightTasks } from './task-drain.ts';

export interface NexusTaskLoopOptions {
  worker: Pick<NativeWorker, 'attachNexusQueue' | 'completeNexusTask'>;
  queue: CompletionQueue;
  environment: NexusEnvironment;
  logger: Logger;
  /** Called when polling has failed for good. The stream still ends after the running tasks. */
  onFatal(error: unknown): void;
}

/** Takes Nexus tasks from a native worker's stream, calls the handlers, and sends back the completions. */
export class NexusTaskLoop {
  readonly #options: NexusTaskLoopOptions;
  /** Running requests by task token. A cancellation names its request by that token. */
  readonly #executions = new Map<string, NexusExecution>();
  readonly #tasks = new InFlightTasks();

  constructor(options: NexusTaskLoopOptions) {
    this.#options = options;
  }

  get pollerState(): PollerState {
    return this.#tasks.state;
  }

  get numInFlight(): number {
    return this.#executions.size;
  }

  /** Takes tasks until the worker is shut down. Resolves when the last completion is handed to core. */
  run(): Promise<void> {
    const { worker, queue, onFatal } = this.#options;
    return this.#tasks.run(
      (stream) => worker.attachNexusQueue(queue, stream),
      (bytes) => this.#onTask(coresdk.nexus.NexusTask.decode(bytes)),
      onFatal,
    );
  }

  #onTask(task: coresdk.nexus.NexusTask): void {
    if (task.cancelTask) {
      this.#cancel(task.cancelTask);
    } else if (task.task?.taskToken) {
      this.#tasks.follow(this.#execute(task, task.task.taskToken));
    } else {
      this.#options.logger.error('Got a Nexus task that is neither a request nor a cancellation of one');
    }
  }

  #cancel({ taskToken, reason }: coresdk.nexus.ICancelNexusTask): void {
    const { logger } = this.#options;
    const execution = this.#executions.get(keyOf(taskToken));
    if (execution === undefined) {
      // The request ended before the cancellation arrived.
      logger.trace('Tried to cancel a non-existing Nexus handler', { taskToken: keyOf(taskToken) });
      return;
    }
    logger.trace('Cancelling Nexus handler', execution.logAttributes());
    execution.cancel(reason ?? coresdk.nexus.NexusTaskCancelReason.TIMED_OUT);
  }

  async #execute(task: coresdk.nexus.NexusTask, taskToken: Uint8Array): Promise<void> {
    const { environment } = this.#options;
    const execution = new NexusExecution(environment, task);
    this.#executions.set(keyOf(taskToken), execution);
    let completion: coresdk.nexus.INexusTaskCompletion;
    try {
      completion = await execution.run();
    } catch (error) {
      completion = { taskToken, failure: this.#unencodable(execution, error) };
    }
    this.#executions.delete(keyOf(taskToken));
    await this.#complete(execution, completion);
  }

  async #complete(execution: NexusExecution, completion: coresdk.nexus.INexusTaskCompletion): Promise<void> {
    const { worker, queue, logger } = this.#options;
    try {
      await worker.completeNexusTask(queue, coresdk.nexus.NexusTaskCompletion.encode(completion).finish());
    } catch (error) {
      logger.error('A Nexus task completion could not be handed over', { error, ...execution.logAttributes() });
    }
  }

  /** Builds a plain failure for a request whose own failure cannot be encoded because a converter or codec throws. */
  #unencodable(execution: NexusExecution, error: unknown) {
    const message = `Failed to encode the failure of a Nexus handler: ${errorMessage(error)}`;
    this.#options.logger.error(message, { error, ...execution.logAttributes() });
    return internalFailure(message);
  }
}

const keyOf = (taskToken: Uint8Array | null | undefined) => Buffer.from(taskToken ?? []).toString('base64');
