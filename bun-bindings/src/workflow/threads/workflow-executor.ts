import type { LoadedBundle } from '../bundling/loaded-bundle.ts';
import type { ThreadOptions } from './messages.ts';
import type { SerializedInfo, SerializedSinkCall } from './serialize.ts';
import type { RunnerEvents } from './task-runner.ts';

/** Events of an executor. Its load is not an event: it is in shared memory. */
export interface ExecutorEvents extends Omit<RunnerEvents, 'onSinkCalls' | 'onLoad' | 'onEnd'> {
  /** Makes the sink calls. */
  onSinkCalls(calls: SerializedSinkCall[]): void;
  /** Called when the workflows are loaded, if the thread had begun with that before it was asked to. */
  onBegunEarly?(): void;
  /** Called when the thread is at work and nobody looks at it from outside. */
  onUnwatched(): void;
  /** Called for each patch that a workflow reaches for the first time. @default all patches become active */
  onPatch?(workflowInfo: SerializedInfo, patchId: string): boolean;
}

/** How an executor is abandoned. */
export interface Abandonment {
  /** Completes the task that the executor is at. Without it, the task fails as those of a thread that crashed. */
  completion?: Uint8Array;
  /** Whether the engine can interrupt the code that runs. @default false */
  isInterruptible?: boolean;
}

/** Runs workflows, in a thread or on the main thread. */
export interface WorkflowExecutor {
  /** Resolves when the executor has ended, with an error if it crashed. */
  readonly ended: Promise<Error | undefined>;
  /** Resolves when its thread is gone, some time after {@link ended} if it was abandoned. */
  readonly exited: Promise<void>;
  /** Loads the workflows. Rejects if the bundle cannot be loaded. */
  load(bundle: LoadedBundle, options: ThreadOptions): Promise<void>;
  /** Starts to take tasks of the native worker with this handle. */
  start(worker: number): void;
  /** Fails the first task of each run of this type until then, a time in ms. */
  refuse(workflowType: string, until: number): void;
  /** Ends the executor at once. Its runs continue elsewhere. It has to take part: code that runs goes on to its end. */
  stop(): void;
  /**
   * Ends the executor without its help. {@link ended} resolves now, with `cause`, though code that the engine cannot interrupt may
   * go on.
   */
  abandon(cause: Error, how?: Abandonment): void;
}
