import type { Sink, SinkFunction, Sinks, WorkflowInfo } from '@temporalio/workflow';

/** The implementation of one sink function. See {@link WorkerOptions.sinks}. */
export interface InjectedSinkFunction<F extends SinkFunction> {
  /** The function. It runs on the main thread. An error that it throws is logged and has no other effect. */
  fn(info: WorkflowInfo, ...args: Parameters<F>): void | Promise<void>;

  /**
   * Call the function during replay, too. A call may happen twice even without this option: a workflow task that fails
   * or times out is retried, which is not a replay.
   *
   * @default false
   */
  callDuringReplay?: boolean;
}

/** A {@link Sink} with each function replaced by its {@link InjectedSinkFunction}. */
export type InjectedSink<T extends Sink> = {
  [P in keyof T]: InjectedSinkFunction<T[P]>;
};

/**
 * {@link Sinks} with each function replaced by its {@link InjectedSinkFunction}. Gives type checks for a worker's
 * sinks.
 */
export type InjectedSinks<T extends Sinks> = {
  [P in keyof T]: InjectedSink<T[P]>;
};
