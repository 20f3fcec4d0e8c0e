import type { Logger } from '@temporalio/common';
import type { LoadedBundle } from '../bundling/loaded-bundle.ts';
import { readLoad, storeLoad, type ThreadOptions } from './messages.ts';
import type { WorkflowExecutor } from './workflow-executor.ts';

export interface ThreadSupervisorOptions {
  newExecutor(): WorkflowExecutor;
  bundle: Promise<LoadedBundle>;
  threadOptions: ThreadOptions;
  logger: Logger;
  /** Called when the executor cannot be kept running. */
  onFatal(error: unknown): void;
}

/** Maximum of crashes in {@link CRASH_PERIOD_MS}. With more, another restart would not help. */
const MAX_CRASHES = 5;
const CRASH_PERIOD_MS = 60_000;

/**
 * Keeps one executor running. When its thread crashes, a new one replaces it. The bridge evicts the runs of the old
 * thread, and assigns them to any executor with their next task.
 */
export class ThreadSupervisor {
  /** Resolves when the executor has ended and will not be replaced. */
  readonly done: Promise<void>;
  readonly #options: ThreadSupervisorOptions;
  readonly #finish: () => void;
  /** The times of the latest crashes. */
  #crashes: number[] = [];
  #executor: WorkflowExecutor;
  #stopped = false;

  constructor(options: ThreadSupervisorOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.done = promise;
    this.#finish = resolve;
    this.#executor = options.newExecutor();
  }

  /** Loads the workflows. Rejects if the bundle cannot be loaded. */
  async load(): Promise<void> {
    await this.#executor.load(await this.#options.bundle, this.#options.threadOptions);
  }

  /** Starts the executor on tasks of the native worker with this handle. Replacements after a crash take them, too. */
  start(worker: number): void {
    this.#keep(worker).catch(this.#options.onFatal).finally(this.#finish);
  }

  /** Number of runs in memory. */
  get cachedRuns(): number {
    return readLoad(this.#options.threadOptions.load).cachedRuns;
  }

  /** Number of activations in progress. */
  get activationsUnderWay(): number {
    return readLoad(this.#options.threadOptions.load).underWay;
  }

  /** Ends the executor at once. Its runs continue elsewhere. */
  stop(): void {
    this.#stopped = true;
    this.#executor.stop();
    this.#executor.ended.finally(this.#finish);
  }

  async #keep(worker: number): Promise<void> {
    const { newExecutor, threadOptions, logger } = this.#options;
    for (;;) {
      this.#executor.start(worker);
      const crash = await this.#executor.ended;
      storeLoad(threadOptions.load, 0, 0);
      const { cacheMemory } = threadOptions;
      if (cacheMemory) Atomics.store(cacheMemory.takenKiB, cacheMemory.place, 0);
      if (crash === undefined || this.#stopped) return;
      logger.error('A workflow thread crashed. Its runs are evicted, and a new thread takes over', { error: crash });
      this.#countCrash(crash);
      this.#executor = newExecutor();
      await this.load();
    }
  }

  #countCrash(crash: Error): void {
    const now = performance.now();
    this.#crashes = [...this.#crashes, now].filter((time) => now - time < CRASH_PERIOD_MS);
    if (this.#crashes.length > MAX_CRASHES) throw crash;
  }
}
