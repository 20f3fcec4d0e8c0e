import { IllegalStateError } from '@temporalio/common';
import { SymbolBasedInstanceOfError } from '@temporalio/common/lib/type-helpers';

export { IllegalStateError };

/** A poll or a replay ended early because its worker was shut down. */
@SymbolBasedInstanceOfError('ShutdownError')
export class ShutdownError extends Error {}

/** The connection to the server failed, and the worker cannot recover. */
@SymbolBasedInstanceOfError('TransportError')
export class TransportError extends Error {}

/** A bug in the worker itself. The worker shuts down and fails with this error. */
@SymbolBasedInstanceOfError('UnexpectedError')
export class UnexpectedError extends Error {
  constructor(
    message: string,
    public override cause?: unknown,
  ) {
    super(message);
  }
}

/**
 * The worker did not shut down within {@link WorkerOptions.shutdownForceTime}. Work may still be running: exit the
 * process.
 */
@SymbolBasedInstanceOfError('GracefulShutdownPeriodExpiredError')
export class GracefulShutdownPeriodExpiredError extends Error {}

/**
 * An unhandled promise rejection in workflow code, often a missing `await`. `cause` is what the promise was rejected
 * with.
 */
@SymbolBasedInstanceOfError('UnhandledRejectionError')
export class UnhandledRejectionError extends Error {
  constructor(
    message: string,
    public override cause: unknown,
  ) {
    super(message);
  }
}

/** The two errors behind a {@link CombinedWorkerRunError}. */
export interface CombinedWorkerRunErrorCause {
  /** The error that the worker failed with. */
  workerError: unknown;
  /** The error that the wrapped promise or function failed with. */
  innerError: unknown;
}

/** Both the worker and the code that it ran for failed, in `Worker.runUntil` or `Worker.runReplayHistories`. */
@SymbolBasedInstanceOfError('CombinedWorkerRunError')
export class CombinedWorkerRunError extends Error {
  public override readonly cause: CombinedWorkerRunErrorCause;

  constructor(message: string, { cause }: { cause: CombinedWorkerRunErrorCause }) {
    super(message);
    this.cause = cause;
  }
}

/** The promise given to `Worker.runUntil` was still pending `promiseCompletionTimeout` after the worker had stopped. */
@SymbolBasedInstanceOfError('PromiseCompletionTimeoutError')
export class PromiseCompletionTimeoutError extends Error {}

/** @deprecated Import the error classes themselves. */
export const errors = {
  IllegalStateError,
  ShutdownError,
  TransportError,
  UnexpectedError,
  GracefulShutdownPeriodExpiredError,
};
