import type { LoadedDataConverter, Logger } from '@temporalio/common';
import type { SinkCall } from '@temporalio/workflow';
import { CompletionQueue } from '../native/completion-queue.ts';
import { NativeWorker } from '../native/worker.ts';
import type { WorkflowBundle } from './bundle.ts';
import { PayloadCodecs, type WorkflowCodec } from './codec.ts';
import { IsolateHost } from './isolate/host.ts';
import { fromClonable } from './received-sink-calls.ts';
import type { ClonableSinkCall, SinkFilter } from './sink-calls.ts';
import { newLoad, readLoad, storeLoad, type ThreadOptions } from './thread/messages.ts';
import type { TaskMetricHandles } from './thread/task-metrics.ts';
import { type Eviction, TaskRunner } from './thread/task-runner.ts';
import { type ThreadEvents, WorkflowThread } from './workflow-thread.ts';

export interface WorkflowIsolateManagerOptions {
  /** Stays the caller's, and must not be freed before the manager is done. */
  worker: NativeWorker;
  bundle: WorkflowBundle;
  /** Number of workflow threads. @default 1 */
  threads?: number;
  /** Run workflows on the calling thread, where an inspector sees them. @default false */
  debugMode?: boolean;
  namespace: string;
  taskQueue: string;
  /** Longest time that workflow code may run without a pause, in ms. */
  isolateExecutionTimeoutMs: number;
  showStackTraceSources: boolean;
  registeredActivityNames: string[];
  /** `WorkerOptions.workflowFailureErrorTypes`. */
  workflowFailureErrorTypes?: Record<string, string[]>;
  /** Its payload codecs run on the calling thread. Without any, tasks never pass through it. */
  dataConverter: LoadedDataConverter;
  /** Sink calls that nobody listens to. They are dropped where they are made, which is much cheaper. */
  sinks?: SinkFilter;
  /** What to count tasks with. @default they are not counted */
  metrics?: TaskMetricHandles;
  /** Gets the sink calls of one activation, before or after it is completed. */
  onSinkCalls(calls: SinkCall[]): void;
  /** Called for each run that leaves the cache. */
  onEviction?(eviction: Eviction): void;
  /** Workflow tasks cannot be processed any more; the worker should shut down. */
  onFatal(error: unknown): void;
  logger: Logger;
}

/** Has workflow tasks run, in threads of their own that talk to the native worker by themselves. */
export class WorkflowIsolateManager {
  /** Resolves when all tasks are completed and the threads are gone, or after {@link stop}. */
  readonly done: Promise<void>;
  private readonly isolates: Isolate[];
  private readonly worker: NativeWorker;
  private readonly loads: Int32Array[];

  private constructor(isolates: Isolate[], worker: NativeWorker, loads: Int32Array[]) {
    this.isolates = isolates;
    this.worker = worker;
    this.loads = loads;
    this.done = Promise.all(isolates.map((isolate) => isolate.ended)).then(() => {});
  }

  /** Starts the threads and loads the workflows. Rejects if the bundle cannot be loaded. */
  static async create(options: WorkflowIsolateManagerOptions): Promise<WorkflowIsolateManager> {
    const { bundle, worker, dataConverter, namespace, debugMode = false } = options;
    const threads = debugMode ? 1 : (options.threads ?? 1);
    const loads = Array.from({ length: threads }, newLoad);
    const { payloadCodecs } = dataConverter;
    const codec = payloadCodecs.length > 0 ? new PayloadCodecs(payloadCodecs, namespace) : undefined;
    const events = eventsFor(options);
    const isolates = loads.map(() => (debugMode ? new IsolateHere(codec, events) : new WorkflowThread(codec, events)));
    const manager = new WorkflowIsolateManager(isolates, worker, loads);
    try {
      const threadOptions = threadOptionsOf(options, codec !== undefined);
      await Promise.all(loads.map((load, index) => isolates[index]?.load(bundle, { ...threadOptions, load })));
    } catch (error) {
      await manager.stop();
      throw error;
    }
    return manager;
  }

  /** Begins to take tasks. */
  start(): void {
    for (const isolate of this.isolates) isolate.start(this.worker.handle);
  }

  /** Number of runs that all threads keep in memory. */
  cachedRuns(): number {
    return this.loads.reduce((sum, load) => sum + readLoad(load).cachedRuns, 0);
  }

  /** Number of activations that are not completed yet. */
  activationsUnderWay(): number {
    return this.loads.reduce((sum, load) => sum + readLoad(load).underWay, 0);
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

/** A place where workflows run. */
interface Isolate {
  readonly ended: Promise<void>;
  load(bundle: WorkflowBundle, options: ThreadOptions): Promise<void>;
  start(worker: number): void;
  stop(): void;
}

/** The same as a {@link WorkflowThread}, on this thread. */
class IsolateHere implements Isolate {
  readonly ended: Promise<void>;
  private readonly codec: WorkflowCodec | undefined;
  private readonly events: ThreadEvents;
  private readonly end: () => void;
  private loaded: { host: IsolateHost; options: ThreadOptions } | undefined;
  private runner: TaskRunner | undefined;

  constructor(codec: WorkflowCodec | undefined, events: ThreadEvents) {
    this.codec = codec;
    this.events = events;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.end = resolve;
  }

  async load(bundle: WorkflowBundle, options: ThreadOptions): Promise<void> {
    this.loaded = { host: new IsolateHost({ bundle, ...options }), options };
  }

  start(worker: number): void {
    if (this.loaded === undefined) throw new Error('The workflows are not loaded');
    const { host, options } = this.loaded;
    this.runner = new TaskRunner({
      worker: NativeWorker.borrow(worker),
      queue: CompletionQueue.create(),
      host,
      codec: this.codec,
      sinks: options.sinks,
      metrics: options.metrics,
      events: {
        ...this.events,
        onSinkCalls: (calls) => this.events.onSinkCalls(structuredClone(calls)),
        onLoad: (cachedRuns, underWay) => storeLoad(options.load, cachedRuns, underWay),
        onEnd: this.end,
      },
    });
  }

  stop(): void {
    if (this.runner === undefined) this.end();
    else this.runner.stop();
  }
}

function eventsFor({ onSinkCalls, onEviction, onFatal, logger }: WorkflowIsolateManagerOptions): ThreadEvents {
  return {
    onSinkCalls: (calls: ClonableSinkCall[]) => onSinkCalls(calls.map(fromClonable)),
    onEviction: (eviction) => onEviction?.(eviction),
    onWarning: (message, error) => logger.error(message, { error }),
    onFatal,
  };
}

function threadOptionsOf(options: WorkflowIsolateManagerOptions, hasCodec: boolean): Omit<ThreadOptions, 'load'> {
  return {
    namespace: options.namespace,
    taskQueue: options.taskQueue,
    isolateExecutionTimeoutMs: options.isolateExecutionTimeoutMs,
    showStackTraceSources: options.showStackTraceSources,
    registeredActivityNames: options.registeredActivityNames,
    workflowFailureErrorTypes: options.workflowFailureErrorTypes ?? {},
    sinks: options.sinks ?? {},
    metrics: options.metrics,
    reportEvictions: options.onEviction !== undefined,
    hasCodec,
  };
}
