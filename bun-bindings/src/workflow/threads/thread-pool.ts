import type { LoadedDataConverter, Logger } from '@temporalio/common';
import type { SinkCall, WorkflowInfo } from '@temporalio/workflow';
import type { NativeWorker } from '../../native/worker.ts';
import { MIN_MEMORY_BYTES } from '../../option-checks.ts';
import type { LoadedBundle } from '../bundling/loaded-bundle.ts';
import { codecFactory } from '../codec/codec-factory.ts';
import type { WorkflowCodec } from '../codec/workflow-codec.ts';
import { deserializeInfo, deserializeSinkCall } from './deserialize.ts';
import { LostThreads, type ThreadLoss } from './lost-threads.ts';
import { newLoad, type ThreadOptions } from './messages.ts';
import type { PatchActivationCallback } from './patch-activation.ts';
import type { SerializedSinkCall } from './serialize.ts';
import type { SinkFilter } from './sink-calls.ts';
import type { TaskMetricHandles } from './task-metrics.ts';
import type { Eviction } from './task-runner.ts';
import { ThreadExecutor } from './thread-executor.ts';
import { ThreadSupervisor } from './thread-supervisor.ts';
import { LOOK_INTERVAL_MS } from './thread-watcher.ts';
import { newTurnMemory } from './turn-record.ts';
import type { ExecutorEvents, WorkflowExecutor } from './workflow-executor.ts';

export interface WorkflowThreadPoolOptions {
  /** The bundle to load. The threads start while it is still being built. */
  bundle: Promise<LoadedBundle>;
  /** Number of workflow threads. @default 1 */
  threads?: number;
  /** Run workflows on the calling thread, where a debugger can stop in them. @default false */
  debugMode?: boolean;
  namespace: string;
  taskQueue: string;
  /** Time limit of workflow code without a pause, in ms. */
  isolateExecutionTimeoutMs: number;
  showStackTraceSources: boolean;
  /** Whether the runs of a thread share one realm. Its built-ins are read-only. */
  reuseV8Context: boolean;
  /** Whether new runs have the globals that there are beyond those of `@temporalio/worker`. @default true */
  extendedGlobals?: boolean;
  registeredActivityNames: string[];
  /** `WorkerOptions.workflowFailureErrorTypes`. */
  workflowFailureErrorTypes?: Record<string, string[]>;
  /** The data converter. Its payload codecs and external storage run on the calling thread. */
  dataConverter: LoadedDataConverter;
  /** Whether the worker only replays. @default false */
  isReplayWorker?: boolean;
  /** The sink calls that have an effect. All others are dropped in the workflow thread. */
  sinks?: SinkFilter;
  /** The metrics of tasks. @default tasks are not counted */
  metrics?: TaskMetricHandles;
  /**
   * Maximum of memory that the cached runs of all threads take, in bytes; and of what the process may grow by while the code of one
   * runs without a pause.
   *
   * @default no bound
   */
  cacheMemoryBytes?: number;
  /** Bytes of memory that the process may use. @default as many as it likes */
  processMemoryBytes?: number;
  /** Makes the sink calls of one activation. */
  onSinkCalls(calls: SinkCall[]): void;
  /** Called for each patch that a workflow reaches for the first time. @default all patches become active */
  patchActivationCallback?: PatchActivationCallback;
  /** Called for each run that leaves the cache. */
  onEviction?(eviction: Eviction): void;
  /** Called for each thread that another one replaces. */
  onThreadLost?(cause: ThreadLoss): void;
  logger: Logger;
}

/** Runs workflow tasks in threads, which exchange tasks and completions with the native worker directly. */
export class WorkflowThreadPool {
  /** Resolves when the workflows are loaded. Rejects if the bundle cannot be built or loaded. */
  readonly loaded: Promise<void>;
  /** Resolves when all tasks are completed and the threads have ended, or after {@link stop}. */
  readonly done: Promise<void>;
  readonly #threads: ThreadSupervisor[];
  /** Set when the threads start to take tasks. Errors that come before that wait for it. */
  #onFatal: (error: unknown) => void = (error) => this.#early.push(error);
  readonly #early: unknown[] = [];
  /** Set while one of the threads is at work. */
  #watch: ReturnType<typeof setInterval> | undefined;
  /** Time in ms between two looks at them. */
  #lookIntervalMs = LOOK_INTERVAL_MS;

  /** Starts the threads, which load the workflows. */
  static start(options: WorkflowThreadPoolOptions): WorkflowThreadPool {
    return new WorkflowThreadPool(options);
  }

  private constructor(options: WorkflowThreadPoolOptions) {
    const { bundle, debugMode = false, logger } = options;
    const newCodec = codecFactory(options);
    const events = eventsFor(options, {
      onFatal: (error) => this.#onFatal(error),
      onUnwatched: () => this.#startWatch(),
    });
    const newExecutor = (): WorkflowExecutor => {
      // A codec tracks the runs of one thread.
      const codec = newCodec?.();
      return debugMode ? newInProcessExecutor(codec, events) : new ThreadExecutor(codec, events);
    };
    const lostThreads = new LostThreads();
    const length = debugMode ? 1 : (options.threads ?? 1);
    const takenKiB = new Int32Array(new SharedArrayBuffer(length * Int32Array.BYTES_PER_ELEMENT));
    this.#threads = Array.from({ length }, (_, place) => {
      const cacheMemory = boundOf(options, length, takenKiB, place);
      // Of several threads one that is late would get none of the first runs, and runs stay where they are.
      const readyWhenLoaded = length > 1;
      const ofThread = { load: newLoad(), turns: newTurnMemory(), cacheMemory, readyWhenLoaded };
      return new ThreadSupervisor({
        newExecutor,
        bundle,
        threadOptions: { ...threadOptionsOf(options, newCodec !== undefined), ...ofThread },
        logger,
        bounds: {
          timeoutMs: options.isolateExecutionTimeoutMs,
          growthBytes: Math.max(MIN_GROWTH_BYTES, options.cacheMemoryBytes ?? Infinity),
          processBytes: options.processMemoryBytes,
        },
        lostThreads,
        onLost: (cause) => options.onThreadLost?.(cause),
        onRefused: () => this.#refuse(),
        onFatal: events.onFatal,
      });
    });
    this.done = Promise.all(this.#threads.map((thread) => thread.done)).then(() => {});
    this.loaded = Promise.all(this.#threads.map((thread) => thread.load())).then(() => {});
    this.loaded.catch(() => undefined); // awaited later
  }

  /**
   * Starts to take tasks of `worker`. The caller owns the worker, and must not free it before {@link done} has
   * resolved.
   *
   * @param onFatal called when workflow tasks can no longer be processed. The worker should shut down then.
   */
  run(worker: NativeWorker, onFatal: (error: unknown) => void): void {
    this.#onFatal = onFatal;
    for (const thread of this.#threads) thread.start(worker.handle);
    for (const error of this.#early.splice(0)) onFatal(error);
    void this.done.finally(() => clearInterval(this.#watch));
  }

  /** Number of runs in memory, in all threads. */
  cachedRuns(): number {
    return this.#threads.reduce((sum, thread) => sum + thread.cachedRuns, 0);
  }

  /** Number of activations in progress, in all threads. */
  activationsUnderWay(): number {
    return this.#threads.reduce((sum, thread) => sum + thread.activationsUnderWay, 0);
  }

  /** Looks at the threads from now on, until all of them wait for tasks. */
  #startWatch(): void {
    if (this.#watch !== undefined) return;
    this.#lookEach(LOOK_INTERVAL_MS);
    // What the code has taken already should be as little as possible.
    this.#look();
  }

  #lookEach(intervalMs: number): void {
    clearInterval(this.#watch);
    this.#lookIntervalMs = intervalMs;
    this.#watch = setInterval(() => this.#look(), intervalMs).unref();
  }

  #look(): void {
    let bytes: number | undefined;
    // Read for all threads together, and only while one of them runs workflow code.
    const rss = () => (bytes ??= process.memoryUsage.rss());
    const next = Math.min(...this.#threads.map((thread) => thread.look(rss, this.#lookIntervalMs)));
    if (next === Infinity) {
      clearInterval(this.#watch);
      this.#watch = undefined;
    } else if (next !== this.#lookIntervalMs) {
      this.#lookEach(next);
    }
  }

  #refuse(): void {
    for (const thread of this.#threads) thread.refuse();
  }

  /**
   * Ends the threads at once, even with running tasks. For an orderly end, shut the native worker down and wait for
   * {@link done}.
   */
  stop(): Promise<void> {
    for (const thread of this.#threads) thread.stop();
    return this.done;
  }
}

/** Growth that is left to any workflow code, because other parts of the process grow as well. */
const MIN_GROWTH_BYTES = 64 * 1024 ** 2;

/** The bound of one thread. A debugger sees all runs at work, however much they take; and an eviction would end a replay. */
function boundOf(options: WorkflowThreadPoolOptions, threads: number, takenKiB: Int32Array, place: number) {
  const { cacheMemoryBytes, debugMode, isReplayWorker } = options;
  if (cacheMemoryBytes === undefined || debugMode || isReplayWorker) return undefined;
  return { boundBytes: Math.max(MIN_MEMORY_BYTES, cacheMemoryBytes / threads), takenKiB, place };
}

/** Loaded on demand: only debugging needs it, and it loads the whole sandbox into the main thread. */
function newInProcessExecutor(codec: WorkflowCodec | undefined, events: ExecutorEvents): WorkflowExecutor {
  const { InProcessExecutor } = require('./in-process-executor.ts') as typeof import('./in-process-executor.ts');
  return new InProcessExecutor(codec, events);
}

function eventsFor(
  options: WorkflowThreadPoolOptions,
  ofThreads: Pick<ExecutorEvents, 'onFatal' | 'onUnwatched'>,
): ExecutorEvents {
  const { onSinkCalls, onEviction, logger, patchActivationCallback } = options;
  return {
    onSinkCalls: (calls: SerializedSinkCall[]) => onSinkCalls(calls.map(deserializeSinkCall)),
    onEviction: (eviction) => onEviction?.(eviction),
    onBegunEarly: () => logger.debug('Workflows were loaded while the program was'),
    onWarning: (message, error) => logger.error(message, { error }),
    ...ofThreads,
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

function threadOptionsOf(options: WorkflowThreadPoolOptions, hasCodec: boolean): Omit<ThreadOptions, 'load' | 'turns'> {
  return {
    namespace: options.namespace,
    taskQueue: options.taskQueue,
    isolateExecutionTimeoutMs: options.isolateExecutionTimeoutMs,
    showStackTraceSources: options.showStackTraceSources,
    reuseV8Context: options.reuseV8Context,
    extendedGlobals: options.extendedGlobals,
    notesCommandPlaces: options.onEviction !== undefined,
    registeredActivityNames: options.registeredActivityNames,
    workflowFailureErrorTypes: options.workflowFailureErrorTypes ?? {},
    sinks: options.sinks ?? {},
    metrics: options.metrics,
    reportEvictions: options.onEviction !== undefined,
    asksForPatches: options.patchActivationCallback !== undefined,
    hasCodec,
  };
}
