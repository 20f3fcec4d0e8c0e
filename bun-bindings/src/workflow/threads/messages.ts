import type { BundleFiles, LoadedBundle } from '../bundling/loaded-bundle.ts';
import type { IsolateOptions } from '../sandbox/host.ts';
import type { Decision } from './patch-decision.ts';
import type { SerializedInfo, SerializedSinkCall } from './serialize.ts';
import type { SinkFilter } from './sink-calls.ts';
import type { TaskMetricHandles } from './task-metrics.ts';
import type { CacheMemoryBound, Eviction } from './task-runner.ts';
import type { TurnRecord } from './turn-record.ts';

/** Messages from the main thread to a workflow thread. */
export type ToThread =
  /** Load the bundle, and share the native library with this path. */
  | { type: 'load'; nativeLibrary: string; options: ThreadOptions; bundle: LoadedBundle | { files: BundleFiles } }
  /** Take tasks of this worker, which the main thread owns. A thread that `waits` is told of later messages by its queue. */
  | { type: 'start'; worker: number; waits: boolean }
  /** The transformed message of a `transform` request. */
  | { type: 'transformed'; id: number; bytes: Uint8Array }
  /** The error of a `transform` request, with the completion that reports it, if there is one. */
  | { type: 'transformFailed'; id: number; error: Error; completion: Uint8Array | undefined }
  /** The sink calls of a `sinkCalls` request were made. */
  | { type: 'sinksCalled'; id: number }
  /** Fail the first task of each run of this type until then, a time in ms. */
  | { type: 'refuse'; workflowType: string; until: number }
  /** Stop at once, even with running tasks. */
  | { type: 'stop' };

export interface ThreadOptions
  extends Omit<IsolateOptions, 'bundle' | 'early' | 'onLoaded' | 'decidePatch' | 'turns' | 'refusalOf'> {
  /** Whether the main thread decides which patches become active. */
  asksForPatches: boolean;
  /** Whether activations and completions pass through payload codecs on the main thread. */
  hasCodec: boolean;
  sinks: SinkFilter;
  /** Whether to report evictions to the main thread. */
  reportEvictions: boolean;
  /** Shared memory with two numbers: the cached runs, and the activations in progress. */
  load: Int32Array;
  /** The memory of a {@link TurnRecord}. */
  turns: SharedArrayBuffer;
  /** The metrics of tasks. @default tasks are not counted */
  metrics?: TaskMetricHandles;
  /** The bound of what cached runs take. @default none */
  cacheMemory?: CacheMemoryBound;
}

/** Messages from a workflow thread to the main thread. */
export type FromThread =
  | { type: 'loaded'; begunEarly: boolean }
  | { type: 'loadFailed'; error: Error }
  /**
   * The handle of the queue that delivers the tasks. It must be closed before the thread ends. If the thread waits for its queue, it
   * looks for a message when the queue has a record with `messageTag`.
   */
  | { type: 'started'; queue: number; messageTag: number }
  | { type: 'transform'; id: number; direction: 'decode' | 'encode'; bytes: Uint8Array }
  | { type: 'sinkCalls'; id: number; calls: SerializedSinkCall[] }
  | { type: 'evicted'; eviction: Eviction }
  /** Workflow code runs, and nobody looks at the {@link TurnRecord}. */
  | { type: 'unwatched' }
  /** A request for a patch decision. The thread blocks until it is made. */
  | { type: 'patch'; workflowInfo: SerializedInfo; patchId: string; decision: Decision }
  | { type: 'warning'; message: string; error: Error }
  /** A fatal error. `bridge` holds the fields of a native error, which posting it would lose. */
  | { type: 'fatal'; error: Error; bridge?: { code: string; details: Record<string, unknown> } }
  /** A promise was rejected with nobody there to handle it, and belongs to no run. */
  | { type: 'unclaimedRejection'; cause: Error }
  /** The thread has crashed. `ended` follows. */
  | { type: 'crashed'; error: Error }
  /** The native side has released the thread, which may end now. */
  | { type: 'ended' };

/** Creates a value for {@link ThreadOptions.load}. */
export function newLoad(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
}

export function storeLoad(load: Int32Array, cachedRuns: number, underWay: number): void {
  Atomics.store(load, 0, cachedRuns);
  Atomics.store(load, 1, underWay);
}

export function readLoad(load: Int32Array): { cachedRuns: number; underWay: number } {
  return { cachedRuns: Atomics.load(load, 0), underWay: Atomics.load(load, 1) };
}
