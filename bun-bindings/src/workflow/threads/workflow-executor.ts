import type { LoadedBundle } from '../bundling/loaded-bundle.ts';
import type { ThreadOptions } from './messages.ts';
import type { SerializedInfo, SerializedSinkCall } from './serialize.ts';
import type { RunnerEvents } from './task-runner.ts';

/** Events of an executor. Its load is not an event: it is in shared memory. */
export interface ExecutorEvents extends Omit<RunnerEvents, 'onSinkCalls' | 'onLoad' | 'onEnd'> {
  /** Makes the sink calls. */
  onSinkCalls(calls: SerializedSinkCall[]): void;
  /** Called for each patch that a workflow reaches for the first time. @default all patches become active */
  onPatch?(workflowInfo: SerializedInfo, patchId: string): boolean;
}

/** Runs workflows, in a thread or on the main thread. */
export interface WorkflowExecutor {
  /** Resolves when the executor has ended, with an error if it crashed. */
  readonly ended: Promise<Error | undefined>;
  /** Loads the workflows. Rejects if the bundle cannot be loaded. */
  load(bundle: LoadedBundle, options: ThreadOptions): Promise<void>;
  /** Starts to take tasks of the native worker with this handle. */
  start(worker: number): void;
  /** Ends the executor at once. Its runs continue elsewhere. */
  stop(): void;
}
