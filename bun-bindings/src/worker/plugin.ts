import type { ReplayWorkerOptions, WorkerOptions } from './options/worker-options.ts';
import type { WorkerRuntime } from './worker.ts';

/** Changes how workers are configured and run. Plugins are called in the order in which they are listed. */
export interface WorkerPlugin {
  get name(): string;

  /** Returns the options to use, when a worker is created. */
  configureWorker?(options: WorkerOptions): WorkerOptions | Promise<WorkerOptions>;

  /** Returns the options to use, when a replay worker is created. */
  configureReplayWorker?(options: ReplayWorkerOptions): ReplayWorkerOptions | Promise<ReplayWorkerOptions>;

  /** Around `worker.run()`; `next` runs the worker. Not called for replay workers. */
  runWorker?(worker: WorkerRuntime, next: (worker: WorkerRuntime) => Promise<void>): Promise<void>;
}
