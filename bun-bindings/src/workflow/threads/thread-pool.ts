import type { LoadedDataConverter, Logger } from '@temporalio/common';
import type { SinkCall, WorkflowInfo } from '@temporalio/workflow';
import type { NativeWorker } from '../../native/worker.ts';
import type { LoadedBundle } from '../bundling/loaded-bundle.ts';
import { codecFactory } from '../codec/codec-factory.ts';
import type { WorkflowCodec } from '../codec/workflow-codec.ts';
import { deserializeInfo, deserializeSinkCall } from './deserialize.ts';
import { newLoad, type ThreadOptions } from './messages.ts';
import type { PatchActivationCallback } from './patch-activation.ts';
import type { SerializedSinkCall } from './serialize.ts';
import type { SinkFilter } from './sink-calls.ts';
import type { TaskMetricHandles } from './task-metrics.ts';
import type { Eviction } from './task-runner.ts';
import { ThreadExecutor } from './thread-executor.ts';
import { ThreadSupervisor } from './thread-supervisor.ts';
import type { ExecutorEvents, WorkflowExecutor } from './workflow-executor.ts';

export interface WorkflowThreadPoolOptions {
  /** The threads start while it is made. */
  bundle: Promise<LoadedBundle>;
  /** Number of workflow threads. @default 1 */
  threads?: number;
  /** Run workflows on the calling thread, where an inspector sees them. @default false */
  debugMode?: boolean;
  namespace: string;
  taskQueue: string;
  /** Longest time that workflow code may run without a pause, in ms. */
  isolateExecutionTimeoutMs: number;
  showStackTraceSources: boolean;
  /** Whether the runs of a thread share one realm, whose built-ins they cannot change. */
  reuseV8Context: boolean;
  /** Whether new runs have the globals that there are beyond those of `@temporalio/worker`. @default true */
  extendedGlobals?: boolean;
  registeredActivityNames: string[];
  /** `WorkerOptions.workflowFailureErrorTypes`. */
  workflowFailureErrorTypes?: Record<string, string[]>;
  /** Its payload codecs and external storage run on the calling thread. Without them, tasks never pass through it. */
  dataConverter: LoadedDataConverter;
  /** What workflows send goes nowhere. @default false */
  isReplayWorker?: boolean;
  /** Sink calls that nobody listens to. They are dropped where they are made, which is much cheaper. */
  sinks?: SinkFilter;
  /** What to count tasks with. @default they are not counted */
  metrics?: TaskMetricHandles;
  /** Gets the sink calls of one activation, before or after it is completed. */
  onSinkCalls(calls: SinkCall[]): void;
  /** Asked for each patch that a workflow meets for the first time. @default all become active */
  patchActivationCallback?: PatchActivationCallback;
  /** Called for each run that leaves the cache. */
  onEviction?(eviction: Eviction): void;
  logger: Logger;
}

/** Has workflow tasks run, in threads of their own that talk to the native worker by themselves. */
export class WorkflowThreadPool {
  /** Resolves when the workflows are loaded. Rejects if the bundle cannot be made or loaded. */
  readonly loaded: Promise<void>;
  /** Resolves when all tasks are completed and the threads are gone, or after {@link stop}. */
  readonly done: Promise<void>;
  readonly #threads: ThreadSupervisor[];
  /** Set when the threads begin to take tasks: before that there is nothing to fail at. */
  #onFatal: (error: unknown) => void = () => undefined;

  /** Starts the threads, which load the workflows. */
  static start(options: WorkflowThreadPoolOptions): WorkflowThreadPool {
    return new WorkflowThreadPool(options);
  }

  private constructor(options: WorkflowThreadPoolOptions) {
    const { bundle, debugMode = false, logger } = options;
    const newCodec = codecFactory(options);
    const events = eventsFor(options, (error) => this.#onFatal(error));
    const newExecutor = (): WorkflowExecutor => {
      // A codec tracks the runs of one thread.
      const codec = newCodec?.();
      return debugMode ? newInProcessExecutor(codec, events) : new ThreadExecutor(codec, events);
    };
    this.#threads = Array.from({ length: debugMode ? 1 : (options.threads ?? 1) }, () => {
      const threadOptions = { ...threadOptionsOf(options, newCodec !== undefined), load: newLoad() };
      return new ThreadSupervisor({ newExecutor, bundle, threadOptions, logger, onFatal: events.onFatal });
    });
    this.done = Promise.all(this.#threads.map((thread) => thread.done)).then(() => {});
    this.loaded = Promise.all(this.#threads.map((thread) => thread.load())).then(() => {});
    this.loaded.catch(() => undefined); // asked for later
  }

  /**
   * Begins to take tasks of `worker`, which stays the caller's, and must not be freed before the manager is done.
   *
   * @param onFatal workflow tasks cannot be processed any more; the worker should shut down.
   */
  run(worker: NativeWorker, onFatal: (error: unknown) => void): void {
    this.#onFatal = onFatal;
    for (const thread of this.#threads) thread.start(worker.handle);
  }

  /** Number of runs that all threads keep in memory. */
  cachedRuns(): number {
    return this.#threads.reduce((sum, thread) => sum + thread.cachedRuns, 0);
  }

  /** Number of activations that are not completed yet. */
  activationsUnderWay(): number {
    return this.#threads.reduce((sum, thread) => sum + thread.activationsUnderWay, 0);
  }

  /**
   * Ends the threads, whatever is under way. To end when all tasks are completed, shut the native worker down and wait for
   * {@link done}.
   */
  stop(): Promise<void> {
    for (const thread of this.#threads) thread.stop();
    return this.done;
  }
}

/** Nobody but a debugger needs it, and it brings all that workflows run in to the main thread. */
function newInProcessExecutor(codec: WorkflowCodec | undefined, events: ExecutorEvents): WorkflowExecutor {
  const { InProcessExecutor } = require('./in-process-executor.ts') as typeof import('./in-process-executor.ts');
  return new InProcessExecutor(codec, events);
}

function eventsFor(options: WorkflowThreadPoolOptions, onFatal: (error: unknown) => void): ExecutorEvents {
  const { onSinkCalls, onEviction, logger, patchActivationCallback } = options;
  return {
    onSinkCalls: (calls: SerializedSinkCall[]) => onSinkCalls(calls.map(deserializeSinkCall)),
    onEviction: (eviction) => onEviction?.(eviction),
    onWarning: (message, error) => logger.error(message, { error }),
    onFatal,
    onPatch:
      patchActivationCallback &&
      ((info, patchId) => askForPatch(patchActivationCallback, deserializeInfo(info), patchId)),
  };
}

function askForPatch(callback: PatchActivationCallback, workflowInfo: WorkflowInfo, patchId: string): boolean {
  const answer: unknown = callback(Object.freeze({ workflowInfo: Object.freeze(workflowInfo), patchId }));
  if (typeof answer === 'boolean') return answer;
  throw new TypeError(`patchActivationCallback must return a boolean, got ${typeof answer}`);
}

function threadOptionsOf(options: WorkflowThreadPoolOptions, hasCodec: boolean): Omit<ThreadOptions, 'load'> {
  return {
    namespace: options.namespace,
    taskQueue: options.taskQueue,
    isolateExecutionTimeoutMs: options.isolateExecutionTimeoutMs,
    showStackTraceSources: options.showStackTraceSources,
    reuseV8Context: options.reuseV8Context,
    extendedGlobals: options.extendedGlobals,
    registeredActivityNames: options.registeredActivityNames,
    workflowFailureErrorTypes: options.workflowFailureErrorTypes ?? {},
    sinks: options.sinks ?? {},
    metrics: options.metrics,
    reportEvictions: options.onEviction !== undefined,
    asksForPatches: options.patchActivationCallback !== undefined,
    hasCodec,
  };
}
