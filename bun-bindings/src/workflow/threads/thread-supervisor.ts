import type { Logger } from '@temporalio/common';
import type { WorkflowBundle } from '../bundling/bundle.ts';
import { readLoad, storeLoad, type ThreadOptions } from './messages.ts';
import type { Isolate } from './workflow-executor.ts';

export interface IsolateKeeperOptions {
  newIsolate(): Isolate;
  bundle: Promise<WorkflowBundle>;
  threadOptions: ThreadOptions;
  logger: Logger;
  /** No isolate could be kept running. */
  onFatal(error: unknown): void;
}

/** More crashes than this in {@link CRASH_PERIOD_MS} are not chance: going on would only burn the machine. */
const MAX_CRASHES = 5;
const CRASH_PERIOD_MS = 60_000;

/**
 * Keeps one isolate running. When its thread crashes, another takes its place: the runs that the old one held are evicted by
 * the bridge, and come back to any isolate with their next task.
 */
export class IsolateKeeper {
  /** Resolves when the isolate is gone for good. */
  readonly done: Promise<void>;
  private readonly options: IsolateKeeperOptions;
  private readonly finish: () => void;
  /** When the latest crashes were. */
  private crashes: number[] = [];
  private isolate: Isolate;
  private stopped = false;

  constructor(options: IsolateKeeperOptions) {
    this.options = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.done = promise;
    this.finish = resolve;
    this.isolate = options.newIsolate();
  }

  /** Loads the workflows. Rejects with what is wrong with the bundle. */
  async load(): Promise<void> {
    await this.isolate.load(await this.options.bundle, this.options.threadOptions);
  }

  /** Has the isolate take tasks of the native worker with this handle, and the one after it, should it crash. */
  start(worker: number): void {
    this.keep(worker).catch(this.options.onFatal).finally(this.finish);
  }

  /** Number of runs in memory. */
  get cachedRuns(): number {
    return readLoad(this.options.threadOptions.load).cachedRuns;
  }

  /** Number of activations that are not completed yet. */
  get activationsUnderWay(): number {
    return readLoad(this.options.threadOptions.load).underWay;
  }

  /** Ends the isolate at once. Runs that it holds go on elsewhere. */
  stop(): void {
    this.stopped = true;
    this.isolate.stop();
    this.isolate.ended.finally(this.finish);
  }

  private async keep(worker: number): Promise<void> {
    const { newIsolate, threadOptions, logger } = this.options;
    for (;;) {
      this.isolate.start(worker);
      const crash = await this.isolate.ended;
      storeLoad(threadOptions.load, 0, 0);
      if (crash === undefined || this.stopped) return;
      logger.error('A workflow thread crashed. Its runs are evicted, and a new thread takes over', { error: crash });
      this.countCrash(crash);
      this.isolate = newIsolate();
      await this.load();
    }
  }

  private countCrash(crash: Error): void {
    const now = performance.now();
    this.crashes = [...this.crashes, now].filter((time) => now - time < CRASH_PERIOD_MS);
    if (this.crashes.length > MAX_CRASHES) throw crash;
  }
}
