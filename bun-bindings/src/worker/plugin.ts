import type { PluginFor } from './options/worker-options.ts';
import type { WorkerRuntime } from './worker.ts';

/** Hooks into the configuration and the run of workers. Plugins are called in the order of the list. */
export interface WorkerPlugin extends PluginFor<WorkerRuntime> {}
