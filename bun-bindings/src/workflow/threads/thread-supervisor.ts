import { FAILURE_SOURCE, type Logger } from '@temporalio/common';
import type { LoadedBundle } from '../bundling/loaded-bundle.ts';
import { LostThreadError, type LostThreads, type ThreadLoss } from './lost-threads.ts';
import { readLoad, storeLoad, type ThreadOptions } from './messages.ts';
import { type StretchBounds, ThreadWatcher, type Verdict } from './thread-watcher.ts';
import { TurnRecord } from './turn-record.ts';
import type { WorkflowExecutor } from './workflow-executor.ts';

export interface ThreadSupervisorOptions {
  newExecutor(): WorkflowExecutor;
  bundle: Promise<LoadedBundle>;
  threadOptions: ThreadOptions;
  logger: Logger;
  /** Bounds of workflow code that runs without a pause. */
  bounds: StretchBounds;
  /** The threads of the worker that were given up. */
  lostThreads: LostThreads;
  /** Called for each thread that another one replaces. */
  onLost(cause: ThreadLoss): void;
  /** Called when a workflow type is to be refused in all threads. */
  onRefused(): void;
  /** Called when the executor cannot be kept running. */
  onFatal(error: unknown): void;
}

/** Maximum of crashes in {@link CRASH_PERIOD_MS}. With more, another restart would not help. */
const MAX_CRASHES = 5;
const CRASH_PERIOD_MS = 60_000;

/** Looks at a thread that waits for tasks before it is left alone: to be woken takes more than a look. */
const MAX_QUIET_LOOKS = 40;

/** Time in ms that a thread has to stop by itself. */
const STOP_LIMIT_MS = 1000;

/**
 * Keeps one executor running. When its thread crashes, or is given up, a new one replaces it. The bridge evicts the runs of
 * the old thread, and assigns them to any executor with their next task.
 */
export class ThreadSupervisor {
  /** Resolves when the executor has ended and will not be replaced. */
  readonly done: Promise<void>;
  readonly #options: ThreadSupervisorOptions;
  readonly #finish: () => void;
  /** The times of the latest crashes. */
  #crashes: number[] = [];
  readonly #turns: TurnRecord;
  readonly #watcher: ThreadWatcher;
  /** Looks in a row at a thread that waits for tasks. */
  #quietLooks = 0;
  #steps = 0;
  #executor: WorkflowExecutor;
  #stopped = false;

  constructor(options: ThreadSupervisorOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.done = promise;
    this.#finish = resolve;
    this.#turns = new TurnRecord(options.threadOptions.turns);
    this.#watcher = new ThreadWatcher(options.bounds);
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

  /**
   * Looks at the thread from outside, and gives it up if its code cannot be interrupted or fills the memory.
   *
   * @param rss gives the bytes of memory that the process has.
   * @param sinceMs the interval since the last look.
   * @returns the time in ms to the next look. `Infinity` if the executor tells when its thread is at work again.
   */
  look(rss: () => number, sinceMs: number): number {
    const verdict = this.#watcher.look(this.#turns.stretch, rss, sinceMs);
    if (verdict !== undefined) this.#giveUp(verdict);
    const { steps } = this.#turns;
    this.#quietLooks = steps === this.#steps && steps % 2 === 0 ? this.#quietLooks + 1 : 0;
    this.#steps = steps;
    const isWatched = this.#quietLooks < MAX_QUIET_LOOKS || !this.#turns.unwatch();
    return isWatched ? this.#watcher.intervalMs : Infinity;
  }

  /** Passes on which workflow types are refused. */
  refuse(): void {
    for (const [workflowType, until] of this.#options.lostThreads.refused) this.#executor.refuse(workflowType, until);
  }

  /** Ends the executor at once. Its runs continue elsewhere. A thread that does not end in time is left to itself. */
  stop(): void {
    this.#stopped = true;
    const executor = this.#executor;
    executor.stop();
    const limit = setTimeout(() => {
      executor.abandon(new Error('A workflow thread did not stop in time, and was given up'));
    }, STOP_LIMIT_MS);
    executor.ended.finally(() => {
      clearTimeout(limit);
      this.#finish();
    });
  }

  #giveUp(verdict: Verdict): void {
    const { runId, workflowType } = this.#turns.run;
    const message = verdict === 'busy' ? this.#describeBusy() : this.#describeGrowth();
    this.#executor.abandon(new LostThreadError(message, verdict, runId, workflowType), {
      completion: failedTask(runId, message),
      isInterruptible: verdict === 'memory',
    });
  }

  #describeBusy(): string {
    return (
      `The workflow kept its thread busy past the limit of ${this.#options.bounds.timeoutMs} ms, with code that cannot be ` +
      'interrupted, such as a regular expression that backtracks'
    );
  }

  #describeGrowth(): string {
    const { growthBytes, processBytes = Infinity } = this.#options.bounds;
    const { growthBytes: bound } = this.#watcher;
    const reason =
      bound < growthBytes
        ? `when the process had most of the ${toMiB(processBytes)} MiB that it may use`
        : 'see WorkerOptions.maxCachedWorkflowsMemory';
    return `The workflow took more than ${toMiB(bound)} MiB of memory within one activation (${reason})`;
  }

  async #keep(worker: number): Promise<void> {
    const { newExecutor, threadOptions, logger, onLost } = this.#options;
    for (;;) {
      this.#executor.start(worker);
      const crash = await this.#executor.ended;
      storeLoad(threadOptions.load, 0, 0);
      const { cacheMemory } = threadOptions;
      if (cacheMemory) Atomics.store(cacheMemory.takenKiB, cacheMemory.place, 0);
      if (crash === undefined || this.#stopped) return;
      this.#turns.reset();
      onLost(crash instanceof LostThreadError ? crash.verdict : 'crash');
      if (crash instanceof LostThreadError) {
        this.#countLost(crash);
      } else {
        logger.error('A workflow thread crashed. Its runs are evicted, and a new thread takes over', { error: crash });
        this.#countCrash(crash);
      }
      this.#executor = newExecutor();
      await this.load();
      this.refuse();
    }
  }

  #countLost(error: LostThreadError): void {
    const { logger, lostThreads, onRefused } = this.#options;
    const { runId, workflowType } = error;
    logger.error('A workflow thread was given up. Its runs are evicted, and a new thread takes over', {
      error,
      runId,
      workflowType,
    });
    if (!lostThreads.add(error, this.#executor.exited)) return;
    logger.error('Workflows of this type have cost too many threads. They are refused for a minute', { workflowType });
    onRefused();
  }

  #countCrash(crash: Error): void {
    const now = performance.now();
    this.#crashes = [...this.#crashes, now].filter((time) => now - time < CRASH_PERIOD_MS);
    if (this.#crashes.length > MAX_CRASHES) throw crash;
  }
}

function toMiB(bytes: number): number {
  return Math.round(bytes / 1024 ** 2);
}

/** A completion that fails a task. Its message is loaded on demand, with all others. */
function failedTask(runId: string, message: string): Uint8Array {
  const { coresdk } = require('@temporalio/proto') as typeof import('@temporalio/proto');
  const failed = { failure: { message, source: FAILURE_SOURCE } };
  return coresdk.workflow_completion.WorkflowActivationCompletion.encode({ runId, failed }).finish();
}
