import { NativeConnection } from '../connection/index.ts';
import type { WorkerOptions } from './options/worker-options.ts';
import { WorkerRuntime } from './worker.ts';
import { chooseWorker, importUpstreamWorker, type WorkerLibrary } from './worker-choice.ts';

/**
 * Creates a worker, like `Worker.create(options)`. If TEMPORAL_BUN_SDK_USE_NATIVE is 0, the project's own
 * `@temporalio/worker` creates it, and `options.connection` must be a connection of that package.
 */
export async function createWorker(options: WorkerOptions): Promise<WorkerRuntime> {
  const { Worker } = await workerLibrary();
  if (Worker !== WorkerRuntime && options.connection instanceof NativeConnection) {
    throw new TypeError(
      'TEMPORAL_BUN_SDK_USE_NATIVE=0 asks for the worker of @temporalio/worker, which cannot use this NativeConnection: ' +
        'give it the NativeConnection of @temporalio/worker, or unset the variable to use the native bridge',
    );
  }
  return Worker.create(options);
}

/** Returns the library that the environment selects. */
export async function workerLibrary(): Promise<WorkerLibrary> {
  return chooseWorker() === 'native' ? { Worker: WorkerRuntime, NativeConnection } : importUpstreamWorker();
}
