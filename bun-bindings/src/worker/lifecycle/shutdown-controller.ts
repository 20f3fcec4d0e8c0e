import type { Logger } from '@temporalio/common';
import { GracefulShutdownPeriodExpiredError } from '../../errors.ts';
import { MAX_TIMER_MS } from '../../timers.ts';

/** The steps of a shutdown. */
export interface ShutdownSteps {
  /** First phase: stops polling, notifies activities, and cancels them after the grace time. */
  initiate(): void;
  /** Second phase, when no task is running: ends the native worker. Resolves when its last message is sent. */
  finalize(): Promise<void>;
  /** Frees the resources of the worker. A forced shutdown skips `finalize` and begins here. */
  release(): Promise<void>;
}

/** The phase of a shutdown. */
export type ShutdownPhase = 'running' | 'shutting-down' | 'finalizing' | 'finished';

/**
 * Runs the two-phase shutdown of a worker: initiate, wait until drained, finalize, release. The worker ends with the
 * first reported error, so that later errors, which may be its consequences, do not hide it.
 */
export class ShutdownController {
  #phase: ShutdownPhase = 'running';
  #failure: { error: unknown } | undefined;
  #forceTimer: NodeJS.Timeout | undefined;
  readonly #forced = Promise.withResolvers<never>();

  readonly #steps: ShutdownSteps;
  readonly #logger: Logger;
  /** Time in ms from the initiation until {@link supervise} stops waiting. Undefined: no limit. */
  readonly #forceTimeMs: number | undefined;

  constructor(steps: ShutdownSteps, logger: Logger, forceTimeMs: number | undefined) {
    this.#steps = steps;
    this.#logger = logger;
    this.#forceTimeMs = forceTimeMs;

    this.#forced.promise.catch(() => undefined); // forced before anyone supervises
  }

  get phase(): ShutdownPhase {
    return this.#phase;
  }

  /** Begins the shutdown. Does nothing if it has begun. */
  initiate(): void {
    if (this.#phase !== 'running') return;
    this.#phase = 'shutting-down';
    if (this.#forceTimeMs !== undefined) {
      this.#forceTimer = setTimeout(() => this.#expire(), Math.min(this.#forceTimeMs, MAX_TIMER_MS));
    }
    try {
      this.#steps.initiate();
    } catch (error) {
      // No task loop is running that could drain.
      this.force(error);
    }
  }

  /** Starts an orderly shutdown that ends with this error. */
  fail(error: unknown): void {
    if (this.#phase === 'finished') return; // what was left by a forced shutdown
    this.#logger.error('Worker failed, shutting down', { error });
    this.#failure ??= { error };
    this.initiate();
  }

  /** Ends the worker with this error at once, without waiting for anything. */
  force(error: unknown): void {
    this.#failure ??= { error };
    this.#forced.reject(error);
  }

  /**
   * Waits until `drained` settles or the shutdown is forced, then runs the remaining steps. Rejects with the first
   * error that was reported or that occurred.
   */
  async supervise(drained: Promise<void>, onDrained: () => void): Promise<void> {
    try {
      await Promise.race([drained, this.#forced.promise]);
      this.#phase = 'finalizing';
      onDrained();
      await Promise.race([this.#steps.finalize(), this.#forced.promise]);
    } catch (error) {
      this.#failure ??= { error };
    } finally {
      clearTimeout(this.#forceTimer);
      await Promise.race([this.#steps.release(), this.#forced.promise]).catch((error) => {
        this.#failure ??= { error };
      });
      this.#phase = 'finished';
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #expire(): void {
    this.#logger.debug('Shutdown force time expired, terminating worker');
    this.force(new GracefulShutdownPeriodExpiredError('Timed out while waiting for worker to shutdown gracefully'));
  }
}
