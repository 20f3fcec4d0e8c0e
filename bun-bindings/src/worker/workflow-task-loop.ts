import type { Logger, LogLevel } from '@temporalio/common';
import type { NativeWorker } from '../native/worker.ts';
import type { WorkflowBundle } from '../workflow/bundling/bundle.ts';
import { WorkflowIsolateManager } from '../workflow/isolate-manager.ts';
import type { Eviction } from '../workflow/thread/task-runner.ts';
import type { CompiledWorkerOptions } from './compiled-options.ts';
import { SinkCaller } from './sink-caller.ts';
import type { PollerState } from './worker-state.ts';
import type { WorkflowTaskMetrics } from './workflow-task-metrics.ts';

export interface WorkflowTaskLoopOptions {
  worker: NativeWorker;
  bundle: WorkflowBundle;
  options: CompiledWorkerOptions;
  isReplayWorker: boolean;
  logger: Logger;
  /** The least level that the worker's logger keeps. Undefined: all. */
  logLevel: LogLevel | undefined;
  /** What to count tasks with. Undefined: nobody exports metrics. */
  metrics: WorkflowTaskMetrics | undefined;
  /** Called for each run that leaves the cache. */
  onEviction?(eviction: Eviction): void;
  /** Called when no more tasks can be handled. The stream still ends, after what is under way. */
  onFatal(error: unknown): void;
}

/**
 * Has workflow tasks run. They stream from the native worker right into the workflow threads, which answer them there; on
 * the main thread is what the threads cannot have: the sinks' functions, payload codecs, and the worker's shutdown.
 */
export class WorkflowTaskLoop {
  readonly #isolates: WorkflowIsolateManager;
  #running = false;
  #failed = false;

  private constructor(
    isolates: WorkflowIsolateManager,
    private readonly metrics: WorkflowTaskMetrics | undefined,
  ) {
    this.#isolates = isolates;
  }

  /** Starts the threads and loads the workflows in them. Rejects if they cannot be loaded. */
  static async create(parts: WorkflowTaskLoopOptions): Promise<WorkflowTaskLoop> {
    const { worker, bundle, options, logger } = parts;
    const sinks = new SinkCaller(options.sinks ?? {}, logger, parts.isReplayWorker);
    let loop: WorkflowTaskLoop | undefined;
    const isolates = await WorkflowIsolateManager.create({
      worker,
      bundle,
      threads: options.workflowThreadPoolSize,
      debugMode: options.debugMode,
      namespace: options.namespace,
      taskQueue: options.taskQueue,
      isolateExecutionTimeoutMs: options.isolateExecutionTimeoutMs,
      showStackTraceSources: options.showStackTraceSources,
      reuseV8Context: options.reuseV8Context,
      registeredActivityNames: [...options.activities.keys()],
      workflowFailureErrorTypes: options.workflowFailureErrorTypes,
      dataConverter: options.loadedDataConverter,
      isReplayWorker: parts.isReplayWorker,
      sinks: { duringReplay: sinks.duringReplay(), logLevel: parts.logLevel },
      metrics: parts.metrics?.handles,
      patchActivationCallback: options.patchActivationCallback,
      onSinkCalls: (calls) => sinks.call(calls),
      onEviction: parts.onEviction,
      onFatal: (error) => {
        if (loop) loop.#failed = true;
        parts.onFatal(error);
      },
      logger,
    });
    loop = new WorkflowTaskLoop(isolates, parts.metrics);
    return loop;
  }

  get pollerState(): PollerState {
    if (this.#failed) return 'FAILED';
    return this.#running ? 'POLLING' : 'SHUTDOWN';
  }

  /** Workflow runs in memory. */
  get numCachedRuns(): number {
    return this.#running ? this.#isolates.cachedRuns() : 0;
  }

  /** Workflow activations that are not completed yet. */
  get numInFlight(): number {
    return this.#running ? this.#isolates.activationsUnderWay() : 0;
  }

  /** Takes tasks until the worker is shut down. Resolves when the last one is answered and the threads are gone. */
  async run(): Promise<void> {
    this.#running = true;
    this.#isolates.start();
    await this.#isolates.done;
    this.#running = false;
  }

  /** Ends the threads, whatever is under way. Resolves when they are gone. */
  async stop(): Promise<void> {
    await this.#isolates.stop();
    this.metrics?.free();
  }
}
