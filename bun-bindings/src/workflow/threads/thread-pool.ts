import type { LoadedDataConverter, Logger } from '@temporalio/common';
import type { SinkCall, WorkflowInfo } from '@temporalio/workflow';
import type { NativeWorker } from '../../native/worker.ts';
import type { PatchActivationCallback } from '../../worker/options/worker-options.ts';
import type { WorkflowBundle } from '../bundling/bundle.ts';
import { type WorkflowCodec, workflowCodecs } from '../codec/workflow-codec.ts';
import { fromClonableInfo } from './deserialize.ts';
import { newLoad, type ThreadOptions } from './messages.ts';
import { fromClonable } from './received-sink-calls.ts';
import type { ClonableSinkCall, SinkFilter } from './sink-calls.ts';
import type { TaskMetricHandles } from './task-metrics.ts';
import type { Eviction } from './task-runner.ts';
import { WorkflowThread } from './thread-executor.ts';
import { IsolateKeeper } from './thread-supervisor.ts';
import type { Isolate, IsolateEvents } from './workflow-executor.ts';

export interface WorkflowIsolateManagerOptions {
  /** The threads start while it is made. */
  bundle: Promise<WorkflowBundle>;
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
export class WorkflowIsolateManager {
  /** Resolves when the workflows are loaded. Rejects if the bundle cannot be made or loaded. */
  readonly loaded: Promise<void>;
  /** Resolves when all tasks are completed and the threads are gone, or after {@link stop}. */
  readonly done: Promise<void>;
  private readonly isolates: IsolateKeeper[];
  /** Set when the threads begin to take tasks: before that there is nothing to fail at. */
  private onFatal: (error: unknown) => void = () => undefined;

  /** Starts the threads, which load the workflows. */
  static start(options: WorkflowIsolateManagerOptions): WorkflowIsolateManager {
    return new WorkflowIsolateManager(options);
  }

  private constructor(options: WorkflowIsolateManagerOptions) {
    const { bundle, debugMode = false, logger } = options;
    const newCodec = workflowCodecs(options);
    const events = eventsFor(options, (error) => this.onFatal(error));
    const newIsolate = (): Isolate => {
      // It knows the runs of its isolate, so each has its own.
      const codec = newCodec?.();
      return debugMode ? newMainThreadIsolate(codec, events) : new WorkflowThread(codec, events);
    };
    this.isolates = Array.from({ length: debugMode ? 1 : (options.threads ?? 1) }, () => {
      const threadOptions = { ...threadOptionsOf(options, newCodec !== undefined), load: newLoad() };
      return new IsolateKeeper({ newIsolate, bundle, threadOptions, logger, onFatal: events.onFatal });
    });
    this.done = Promise.all(this.isolates.map((isolate) => isolate.done)).then(() => {});
    this.loaded = Promise.all(this.isolates.map((isolate) => isolate.load())).then(() => {});
    this.loaded.catch(() => undefined); // asked for later
  }

  /**
   * Begins to take tasks of `worker`, which stays the caller's, and must not be freed before the manager is done.
   *
   * @param onFatal workflow tasks cannot be processed any more; the worker should shut down.
   */
  run(worker: NativeWorker, onFatal: (error: unknown) => void): void {
    this.onFatal = onFatal;
    for (const isolate of this.isolates) isolate.start(worker.handle);
  }

  /** Number of runs that all threads keep in memory. */
  cachedRuns(): number {
    return this.isolates.reduce((sum, isolate) => sum + isolate.cachedRuns, 0);
  }

  /** Number of activations that are not completed yet. */
  activationsUnderWay(): number {
    return this.isolates.reduce((sum, isolate) => sum + isolate.activationsUnderWay, 0);
  }

  /**
   * Ends the threads, whatever is under way. To end when all tasks are completed, shut the native worker down and wait for
   * {@link done}.
   */
  stop(): Promise<void> {
    for (const isolate of this.isolates) isolate.stop();
    return this.done;
  }
}

/** Nobody but a debugger needs it, and it brings all that workflows run in to the main thread. */
function newMainThreadIsolate(codec: WorkflowCodec | undefined, events: IsolateEvents): Isolate {
  const { MainThreadIsolate } = require('./in-process-executor.ts') as typeof import('./in-process-executor.ts');
  return new MainThreadIsolate(codec, events);
}

function eventsFor(options: WorkflowIsolateManagerOptions, onFatal: (error: unknown) => void): IsolateEvents {
  const { onSinkCalls, onEviction, logger, patchActivationCallback } = options;
  return {
    onSinkCalls: (calls: ClonableSinkCall[]) => onSinkCalls(calls.map(fromClonable)),
    onEviction: (eviction) => onEviction?.(eviction),
    onWarning: (message, error) => logger.error(message, { error }),
    onFatal,
    onPatch:
      patchActivationCallback &&
      ((info, patchId) => askForPatch(patchActivationCallback, fromClonableInfo(info), patchId)),
  };
}

function askForPatch(callback: PatchActivationCallback, workflowInfo: WorkflowInfo, patchId: string): boolean {
  const answer: unknown = callback(Object.freeze({ workflowInfo: Object.freeze(workflowInfo), patchId }));
  if (typeof answer === 'boolean') return answer;
  throw new TypeError(`patchActivationCallback must return a boolean, got ${typeof answer}`);
}

function threadOptionsOf(options: WorkflowIsolateManagerOptions, hasCodec: boolean): Omit<ThreadOptions, 'load'> {
  return {
    namespace: options.namespace,
    taskQueue: options.taskQueue,
    isolateExecutionTimeoutMs: options.isolateExecutionTimeoutMs,
    showStackTraceSources: options.showStackTraceSources,
    reuseV8Context: options.reuseV8Context,
    registeredActivityNames: options.registeredActivityNames,
    workflowFailureErrorTypes: options.workflowFailureErrorTypes ?? {},
    sinks: options.sinks ?? {},
    metrics: options.metrics,
    reportEvictions: options.onEviction !== undefined,
    asksForPatches: options.patchActivationCallback !== undefined,
    hasCodec,
  };
}
