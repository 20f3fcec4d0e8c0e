import type { Logger } from '@temporalio/common';
import { GracefulShutdownPeriodExpiredError } from '../../errors.ts';
import { MAX_TIMER_MS } from '../../timers.ts';

/** The steps through which a {@link ShutdownController} takes a worker. */
export interface ShutdownSteps {
  /** First phase: no new polls; activities are told, and cancelled after the grace time. */
  initiate(): void;
  /** Second phase, once nothing is under way: ends the native worker, which resolves when its last message is sent. */
  finalize(): Promise<void>;
  /** Gives back what the worker holds. Also begun, without `finalize`, when the shutdown is forced. */
  release(): Promise<void>;
}

/** Where a shutdown stands. */
export type ShutdownPhase = 'running' | 'shutting-down' | 'finalizing' | 'finished';

/**
 * Takes a worker through its two-phase shutdown: initiate, wait until it is drained, finalize, release. The first error
 * that was reported is the one that the worker ends with, so that what follows from it does not hide it.
 */
export class ShutdownController {
  #phase: ShutdownPhase = 'running';
  #failure: { error: unknown } | undefined;
  #forceTimer: NodeJS.Timeout | undefined;
  readonly #forced = Promise.withResolvers<never>();

  readonly #steps: ShutdownSteps;
  readonly #logger: Logger;
  /** Milliseconds from the initiation after which {@link supervise} gives up waiting; undefined: never. */
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
      // Nothing would ever drain.
      this.force(error);
    }
  }

  /** Ends the worker with this error, after an orderly shutdown. */
  fail(error: unknown): void {
    if (this.#phase === 'finished') return; // what was left by a forced shutdown
    this.#logger.error('Worker failed, shutting down', { error });
    this.#failure ??= { error };
    this.initiate();
  }

  /** Ends the worker with this error, now: nothing is waited for. */
  force(error: unknown): void {
    this.#failure ??= { error };
    this.#forced.reject(error);
  }

  /**
   * Waits until `drained` settles, or the shutdown is forced, and brings the shutdown to its end. Rejects with the first
   * error that was reported or met.
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
