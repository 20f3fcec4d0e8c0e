import type { SinkCall } from '@temporalio/workflow';
import type { CompletionQueue, TaskStream } from '../../native/completion-queue.ts';
import type { NativeWorker } from '../../native/worker.ts';
import { serializeError } from '../../serialize-error.ts';
import { CodecError } from '../codec/codec-error.ts';
import type { WorkflowCodec } from '../codec/workflow-codec.ts';
import type { IsolateHost } from '../sandbox/host.ts';
import type { CodePlaces } from '../sandbox/inside/code-places.ts';
import { CacheMemory } from './cache-memory.ts';
import { cloneWhatCanBe } from './clonable.ts';
import { toPosted } from './posted-error.ts';
import { type SerializedSinkCall, serializeSinkCall } from './serialize.ts';
import { type SinkFilter, shouldForward } from './sink-calls.ts';
import { type TaskMetricHandles, TaskMetrics, type TaskOutcome } from './task-metrics.ts';

/** Events of a runner. */
export interface RunnerEvents {
  /** Resolves when the sinks were called. The task is completed after that, so that no sink call is lost. */
  onSinkCalls(calls: SerializedSinkCall[]): Promise<void> | void;
  onEviction(eviction: Eviction): void;
  /** An error outside of workflow code. The stream of tasks still ends in order. */
  onFatal(error: unknown): void;
  onWarning(message: string, error: unknown): void;
  /** Called when the number of cached runs or of activations in progress changes. */
  onLoad(cachedRuns: number, underWay: number): void;
  /** Called when there are no more tasks and the queue is closed. The host is not used any more. */
  onEnd(): void;
}

/** The eviction of a run from the cache, with its reason. */
export interface Eviction {
  runId: string;
  /** A `coresdk.workflow_activation.RemoveFromCache.EvictionReason`. */
  reason: number;
  message: string;
  /** Where the run was in its code. Undefined unless the worker only replays. */
  places?: CodePlaces | undefined;
}

export interface RunnerOptions {
  worker: NativeWorker;
  queue: CompletionQueue;
  host: IsolateHost;
  /** The codec of payloads. Undefined if payloads are not transformed. */
  codec: WorkflowCodec | undefined;
  sinks: SinkFilter;
  /** The metrics of tasks. @default tasks are not counted */
  metrics?: TaskMetricHandles;
  /** The bound of what cached runs take. @default none */
  cacheMemory?: CacheMemoryBound;
  /** Whether evictions are told when core has let go of their runs. If not, they are told at once. @default false */
  awaitsEvictions?: boolean;
  events: RunnerEvents;
}

/** The bound of a thread's cached runs. */
export interface CacheMemoryBound {
  boundBytes: number;
  /** Shared memory with what the runs of each thread of the worker take, in KiB. */
  takenKiB: Int32Array;
  /** The thread's place in {@link takenKiB}. */
  place: number;
}

/** Gives a value itself if its own errors cannot be read. */
function toPostedIfPossible(value: unknown): unknown {
  try {
    return toPosted(value);
  } catch {
    return value;
  }
}

/** The loop of a workflow thread: takes a task from the native worker, runs it in the isolate, and completes it. */
export class TaskRunner implements TaskStream {
  readonly #options: RunnerOptions;
  readonly #underWay = new Set<Promise<void>>();
  readonly #metrics: TaskMetrics | undefined;
  readonly #cacheMemory: CacheMemory | undefined;
  #ended = false;

  constructor(options: RunnerOptions) {
    this.#options = options;
    const { worker, queue, metrics, cacheMemory, events } = options;
    if (metrics) this.#metrics = new TaskMetrics(metrics);
    if (cacheMemory) this.#cacheMemory = this.#watchMemory(cacheMemory);
    queue.onQuietFailure = (error) => events.onFatal(error);
    worker.attachWorkflowQueue(queue, this);
  }

  onTask(activation: Uint8Array): void {
    const task = this.#run(activation).catch((error) => this.#options.events.onFatal(error));
    this.#underWay.add(task);
    this.#tellLoad();
    task.then(() => {
      this.#underWay.delete(task);
      this.#tellLoad();
    });
  }

  onError(error: Error): void {
    // Closing the queue also ends the stream with an error.
    if (!this.#ended) this.#options.events.onFatal(error);
  }

  async onEnd(): Promise<void> {
    await Promise.all(this.#underWay);
    this.stop();
  }

  /** Stops taking tasks. Tasks without a completion return to the native worker. */
  stop(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.queue.close();
    this.#options.events.onEnd();
  }

  async #run(task: Uint8Array): Promise<void> {
    const { worker, queue, host, codec, awaitsEvictions = false, events } = this.#options;
    const startedAt = performance.now();
    let completion: Uint8Array;
    let outcome: TaskOutcome;
    let eviction: Eviction | undefined;
    try {
      ({ completion, outcome, eviction } = await this.#apply(
        codec === undefined ? task : await codec.decodePayloads(task),
      ));
      if (outcome === 'completed') this.#cacheMemory?.activated(performance.now() - startedAt);
      if (codec !== undefined) completion = await codec.encodePayloads(completion);
    } catch (error) {
      events.onWarning('Failed to process Workflow Activation', error);
      completion = error instanceof CodecError ? error.completion : host.failure(task, error);
      outcome = 'failed';
    }
    this.#tellLoad(); // before the completion: the next task may arrive at once and read the worker's status
    if (!this.#ended) {
      if (eviction !== undefined && awaitsEvictions) await worker.completeWorkflowTask(queue, completion);
      else worker.completeWorkflowTaskQuietly(queue, completion);
    }
    if (eviction !== undefined) events.onEviction(eviction);
    this.#metrics?.ended(outcome, performance.now() - startedAt);
  }

  /** Sends sink calls under the time limit: cloning the arguments runs their getters, which are workflow code. */
  #sendSinkCalls(calls: SinkCall[], limitTime: <T>(call: () => T) => T): Promise<void> | void {
    const { sinks, events } = this.#options;
    const wanted = calls.filter((call) => shouldForward(call, sinks));
    if (wanted.length === 0) return;
    const post = (toArgument: (value: unknown) => unknown) =>
      events.onSinkCalls(wanted.map(serializeSinkCall).map((call) => ({ ...call, args: call.args.map(toArgument) })));
    try {
      return limitTime(() => post(toPosted));
    } catch {
      return this.#sendAsFarAsPossible(wanted, limitTime, post);
    }
  }

  /** Sends sink calls of which some arguments cannot be cloned. */
  #sendAsFarAsPossible(
    calls: SinkCall[],
    limitTime: <T>(call: () => T) => T,
    post: (toArgument: (value: unknown) => unknown) => Promise<void> | void,
  ): Promise<void> | void {
    const copies = new Map<unknown, unknown>();
    for (const { ifaceName, fnName, args } of calls) {
      try {
        limitTime(() => {
          for (const value of args) copies.set(value, cloneWhatCanBe(toPostedIfPossible(value)));
        });
      } catch (error) {
        const { message } = serializeError(error);
        throw new TypeError(`Cannot hand the arguments of ${ifaceName}.${fnName} over to the sink: ${message}`);
      }
    }
    return post((value) => copies.get(value));
  }

  #watchMemory({ boundBytes, takenKiB, place }: CacheMemoryBound): CacheMemory {
    const { worker, host } = this.#options;
    return new CacheMemory(boundBytes, {
      allocatedBytes: () => {
        // What is used is known as of the last collection, with memory outside of the heap's blocks; the blocks are as of now.
        const { heapUsed, heapTotal } = process.memoryUsage();
        return Math.max(heapUsed, heapTotal);
      },
      collect: () => {
        Bun.gc(true);
        return process.memoryUsage().heapUsed;
      },
      cachedRuns: () => host.cachedRuns,
      evictLeastRecentlyUsed: (count) => {
        const runIds = host.leastRecentlyUsed(count);
        for (const runId of runIds) worker.requestWorkflowEviction(runId);
        this.#metrics?.evictingForMemory(runIds.length);
        return runIds;
      },
      onMeasured: (bytes) => {
        Atomics.store(takenKiB, place, bytes / 1024);
        this.#metrics?.cacheTakes(takenKiB.reduce((sum, taken) => sum + taken, 0) * 1024);
      },
    });
  }

  #tellLoad(): void {
    this.#options.events.onLoad(this.#options.host.cachedRuns, this.#underWay.size);
  }

  async #apply(
    activation: Uint8Array,
  ): Promise<{ completion: Uint8Array; outcome: TaskOutcome; eviction: Eviction | undefined }> {
    const { host, events, worker } = this.#options;
    const result = await host.activate(activation, (...calls) => this.#sendSinkCalls(...calls));
    const { completion, failure, sinkCalls, sinkRejection, eviction, disposeError, stranded = [] } = result;
    // The failure of this task evicts its own run, too; to ask for that twice does no harm.
    for (const runId of stranded) worker.requestWorkflowEviction(runId);
    await sinkCalls;
    if (failure !== undefined) events.onWarning('Failed to process Workflow Activation', failure);
    if (sinkRejection !== undefined) {
      events.onWarning('A promise was rejected while the arguments of sink calls were read', sinkRejection);
    }
    if (eviction !== undefined) this.#cacheMemory?.evicted(eviction.runId);
    if (disposeError !== undefined) events.onWarning('Failed to dispose Workflow during eviction', disposeError);
    return { completion, outcome: eviction ? 'evicted' : failure ? 'failed' : 'completed', eviction };
  }
}
