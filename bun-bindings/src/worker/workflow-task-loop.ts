import type { Logger } from '@temporalio/common';
import type { NativeWorker } from '../native/worker.ts';
import type { WorkflowBundle } from '../workflow/bundle.ts';
import { WorkflowIsolateManager } from '../workflow/isolate-manager.ts';
import type { CompiledWorkerOptions } from './compiled-options.ts';
import { SinkCaller } from './sink-caller.ts';
import type { PollerState } from './worker-state.ts';

export interface WorkflowTaskLoopOptions {
  worker: NativeWorker;
  bundle: WorkflowBundle;
  options: CompiledWorkerOptions;
  isReplayWorker: boolean;
  logger: Logger;
  /** Called when no more tasks can be handled. The stream still ends, after what is under way. */
  onFatal(error: unknown): void;
}

/**
 * Has workflow tasks run: they stream from the native worker right into the workflow threads, which answer them there.
 * Here, on the main thread, is what the threads cannot have: the sinks' functions, and the worker's shutdown.
 */
export class WorkflowTaskLoop {
  readonly #isolates: WorkflowIsolateManager;
  #state: PollerState = 'SHUTDOWN';

  private constructor(isolates: WorkflowIsolateManager) {
    this.#isolates = isolates;
  }

  /** Starts the threads and loads the workflows in them. Rejects with what the workflows' modules throw. */
  static async create({ worker, bundle, options, isReplayWorker, logger, onFatal }: WorkflowTaskLoopOptions): Promise<WorkflowTaskLoop> {
    const sinks = new SinkCaller(options.sinks ?? {}, logger, isReplayWorker);
    const loop: WorkflowTaskLoop = new WorkflowTaskLoop(
      await WorkflowIsolateManager.create({
        worker,
        bundle,
        threads: options.workflowThreadPoolSize,
        namespace: options.namespace,
        taskQueue: options.taskQueue,
        identity: options.identity,
        isolateExecutionTimeoutMs: options.isolateExecutionTimeoutMs,
        showStackTraceSources: options.showStackTraceSources,
        registeredActivityNames: [...options.activities.keys()],
        dataConverter: options.loadedDataConverter,
        onSinkCalls: (calls) => sinks.call(calls),
        onFatal: (error) => {
          loop.#state = 'FAILED';
          onFatal(error);
        },
        logger,
      }),
    );
    return loop;
  }
}
