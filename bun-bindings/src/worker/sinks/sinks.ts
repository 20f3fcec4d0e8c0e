import type { Sink, SinkFunction, Sinks, WorkflowInfo } from '@temporalio/workflow';

/** The worker's side of one sink function: what runs when a workflow calls it. See {@link WorkerOptions.sinks}. */
export interface InjectedSinkFunction<F extends SinkFunction> {
  /** The function itself. It runs on the main thread; what it throws is logged and goes no further. */
  fn(info: WorkflowInfo, ...args: Parameters<F>): void | Promise<void>;

  /**
   * Call it during replay too. Even without it a call may happen twice: a workflow task that fails or times out runs
   * again, and that is not a replay.
   *
   * @default false
   */
  callDuringReplay?: boolean;
}

/** A {@link Sink} with each function replaced by its {@link InjectedSinkFunction}. */
export type InjectedSink<T extends Sink> = {
  [P in keyof T]: InjectedSinkFunction<T[P]>;
};

/** {@link Sinks} with each function replaced by its {@link InjectedSinkFunction}. Gives type checks for a worker's sinks. */
export type InjectedSinks<T extends Sinks> = {
  [P in keyof T]: InjectedSink<T[P]>;
};
