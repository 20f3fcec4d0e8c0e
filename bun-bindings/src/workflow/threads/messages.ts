import type { LoadedBundle } from '../bundling/loaded-bundle.ts';
import type { IsolateOptions } from '../sandbox/host.ts';
import type { Decision } from './patch-decision.ts';
import type { SerializedInfo, SerializedSinkCall } from './serialize.ts';
import type { SinkFilter } from './sink-calls.ts';
import type { TaskMetricHandles } from './task-metrics.ts';
import type { Eviction } from './task-runner.ts';

/** What the main thread tells a workflow thread. */
export type ToThread =
  | { type: 'load'; options: ThreadOptions; bundle: LoadedBundle }
  /** Take tasks of this worker, which the main thread keeps. */
  | { type: 'start'; worker: number }
  /** The payloads of a message are transformed. */
  | { type: 'transformed'; id: number; bytes: Uint8Array }
  /** With the completion that tells of it, if there is one. */
  | { type: 'transformFailed'; id: number; error: Error; completion: Uint8Array | undefined }
  /** The sinks were called as a message asked for. */
  | { type: 'sinksCalled'; id: number }
  /** Take no more tasks, whatever is under way. */
  | { type: 'stop' };

export interface ThreadOptions extends Omit<IsolateOptions, 'bundle' | 'decidePatch'> {
  /** The main thread decides whether a patch becomes active. */
  asksForPatches: boolean;
  /** Payload codecs run on the main thread: activations and completions go through it. */
  hasCodec: boolean;
  sinks: SinkFilter;
  /** Whether the main thread wants to hear of evictions. */
  reportEvictions: boolean;
  /** Shared memory, two numbers: the runs that the thread keeps, and the activations that wait for their completion. */
  load: Int32Array;
  /** What to count tasks with. @default they are not counted */
  metrics?: TaskMetricHandles;
}

/** What a workflow thread tells the main thread. */
export type FromThread =
  | { type: 'loaded' }
  | { type: 'loadFailed'; error: Error }
  /** Tasks come through this queue, which must not outlive the thread. */
  | { type: 'started'; queue: number }
  | { type: 'transform'; id: number; direction: 'decode' | 'encode'; bytes: Uint8Array }
  | { type: 'sinkCalls'; id: number; calls: SerializedSinkCall[] }
  | { type: 'evicted'; eviction: Eviction }
  /** The thread waits for the decision. */
  | { type: 'patch'; workflowInfo: SerializedInfo; patchId: string; decision: Decision }
  | { type: 'warning'; message: string; error: Error }
  /** `bridge` is what copying an error of the native bridge would lose. */
  | { type: 'fatal'; error: Error; bridge?: { code: string; details: Record<string, unknown> } }
  /** The thread is of no more use; its end follows. */
  | { type: 'crashed'; error: Error }
  /** The native side has let go of the thread, which may end now. */
  | { type: 'ended' };

/** A value for {@link ThreadOptions.load}. */
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
