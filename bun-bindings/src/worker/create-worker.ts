import { chooseWorker, importUpstreamWorker } from './worker-choice.ts';
import type { WorkerOptions } from './worker-options.ts';
import { WorkerRuntime } from './worker-runtime.ts';

/**
 * Creates a worker: the same as `Worker.create(options)`, unless TEMPORAL_BUN_SDK_USE_NATIVE is 0. Then the project's own
 * `@temporalio/worker` makes it.
 */
export async function createWorker(options: WorkerOptions): Promise<WorkerRuntime> {
  if (chooseWorker() === 'native') return WorkerRuntime.create(options);
  const { Worker } = await importUpstreamWorker();
  // Its public face is the one that ours is modelled on.
  return (await Worker.create(options)) as WorkerRuntime;
}
