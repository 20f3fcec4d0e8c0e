import type { LoadedBundle } from '../bundling/loaded-bundle.ts';
import type { ThreadOptions } from './messages.ts';
import type { SerializedInfo, SerializedSinkCall } from './serialize.ts';
import type { RunnerEvents } from './task-runner.ts';

/** What an isolate tells of, besides its load, which is in shared memory. */
export interface ExecutorEvents extends Omit<RunnerEvents, 'onSinkCalls' | 'onLoad' | 'onEnd'> {
  /** Calls the sinks. */
  onSinkCalls(calls: SerializedSinkCall[]): void;
  /** Asked for each patch that a workflow meets for the first time. @default all become active */
  onPatch?(workflowInfo: SerializedInfo, patchId: string): boolean;
}

/** A place where workflows run: a thread of their own, or the main one. */
export interface WorkflowExecutor {
  /** Resolves when it is gone: with an error if it crashed. */
  readonly ended: Promise<Error | undefined>;
  /** Loads the workflows. Rejects with what is wrong with the bundle. */
  load(bundle: LoadedBundle, options: ThreadOptions): Promise<void>;
  /** Has it take tasks of the native worker with this handle. */
  start(worker: number): void;
  /** Has it end at once. Runs that it holds go on elsewhere. */
  stop(): void;
}
