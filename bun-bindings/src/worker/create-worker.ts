import type { WorkerOptions } from './worker-options.ts';
import { WorkerRuntime } from './worker-runtime.ts';

/** Creates a worker: the same as `Worker.create(options)`. */
export function createWorker(options: WorkerOptions): Promise<WorkerRuntime> {
  return WorkerRuntime.create(options);
}
