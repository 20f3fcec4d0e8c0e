import type { PluginFor } from './options/worker-options.ts';
import type { WorkerRuntime } from './worker.ts';

/** Changes how workers are configured and run. Plugins are called in the order in which they are listed. */
export interface WorkerPlugin extends PluginFor<WorkerRuntime> {}
