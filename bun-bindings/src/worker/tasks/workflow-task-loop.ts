import type { Logger, LogLevel } from '@temporalio/common';
import type { NativeWorker } from '../../native/worker.ts';
import type { LoadedBundle } from '../../workflow/bundling/loaded-bundle.ts';
import type { Eviction } from '../../workflow/threads/task-runner.ts';
import { WorkflowThreadPool } from '../../workflow/threads/thread-pool.ts';
import { usableMemory } from '../options/cache-size.ts';
import type { CompiledWorkerOptions } from '../options/compiled-options.ts';
import { SinkCaller } from '../sinks/sink-caller.ts';
import type { PollerState } from './poller-state.ts';
import type { WorkflowTaskMetrics } from './workflow-task-metrics.ts';

export interface WorkflowTaskLoopOptions {
  /** The bundle to load. The threads start while it is still being built. */
  bundle: Promise<LoadedBundle>;
  options: CompiledWorkerOptions;
  isReplayWorker: boolean;
  logger: Logger;
  /** The lowest level that the worker's logger keeps. Undefined: all levels. */
  logLevel: LogLevel | undefined;
  /** Metrics of tasks. Undefined if no exporter is set. */
  metrics: WorkflowTaskMetrics | undefined;
  /** Called for each run that leaves the cache. */
  onEviction?(eviction: Eviction): void;
}

/**
 * Runs workflow tasks. The tasks stream from the native worker directly into the workflow threads, which also complete
 * them. The main thread runs the rest: sink functions, payload codecs, and the shutdown of the worker.
 */
export class WorkflowTaskLoop {
  readonly #threads: WorkflowThreadPool;
  readonly #metrics: WorkflowTaskMetrics | undefined;
  #running = false;
  #failed = false;

  /** Starts the threads, which load the workflows. */
  constructor(parts: WorkflowTaskLoopOptions) {
    const { bundle, options, logger, metrics } = parts;
    const sinks = new SinkCaller(options.sinks ?? {}, logger, parts.isReplayWorker);
    this.#metrics = metrics;
    this.#threads = WorkflowThreadPool.start({
      bundle,
      threads: options.workflowThreadPoolSize,
      debugMode: options.debugMode,
      namespace: options.namespace,
      taskQueue: options.taskQueue,
      isolateExecutionTimeoutMs: options.isolateExecutionTimeoutMs,
      showStackTraceSources: options.showStackTraceSources,
      reuseV8Context: options.reuseV8Context,
      extendedGlobals: options.extendedGlobals,
      registeredActivityNames: [...options.activities.keys()],
      workflowFailureErrorTypes: options.workflowFailureErrorTypes,
      dataConverter: options.loadedDataConverter,
      isReplayWorker: parts.isReplayWorker,
      sinks: { duringReplay: sinks.duringReplay(), logLevel: parts.logLevel },
      metrics: metrics?.handles,
      cacheMemoryBytes: options.maxCachedWorkflowsMemoryBytes,
      processMemoryBytes: usableMemory(),
      patchActivationCallback: options.patchActivationCallback,
      onSinkCalls: (calls) => sinks.call(calls),
      onEviction: parts.onEviction,
      onThreadLost: (cause) => metrics?.countLostThread(cause),
      logger,
    });
  }

  /** Resolves when the workflows are loaded in all threads. Rejects if they cannot be bundled or loaded. */
  get loaded(): Promise<void> {
    return this.#threads.loaded;
  }

  get pollerState(): PollerState {
    if (this.#failed) return 'FAILED';
    return this.#running ? 'POLLING' : 'SHUTDOWN';
  }

  /** Workflow runs in memory. */
  get numCachedRuns(): number {
    return this.#running ? this.#threads.cachedRuns() : 0;
  }

  /** Workflow activations that are not completed yet. */
  get numInFlight(): number {
    return this.#running ? this.#threads.activationsUnderWay() : 0;
  }

  /**
   * Takes tasks until `worker` is shut down. Resolves when the last task is completed and the threads have ended.
   *
   * @param onFatal called when tasks can no longer be handled. The stream still ends after the running tasks.
   */
  async run(worker: NativeWorker, onFatal: (error: unknown) => void): Promise<void> {
    this.#running = true;
    this.#threads.run(worker, (error) => {
      this.#failed = true;
      onFatal(error);
    });
    await this.#threads.done;
    this.#running = false;
  }

  /** Ends the threads at once, even with running tasks. Resolves when they have ended. */
  async stop(): Promise<void> {
    await this.#threads.stop();
    this.#metrics?.free();
  }
}
