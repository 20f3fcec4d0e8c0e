import { IllegalStateError } from '@temporalio/common';
import { SymbolBasedInstanceOfError } from '@temporalio/common/lib/type-helpers';

export { IllegalStateError };

/** A poll or a replay was cut short because its worker is shut down. */
@SymbolBasedInstanceOfError('ShutdownError')
export class ShutdownError extends Error {}

/** The connection to the server failed in a way that the worker cannot recover from. */
@SymbolBasedInstanceOfError('TransportError')
export class TransportError extends Error {}

/** A broken promise inside of the worker. The worker that meets it shuts down and fails. */
@SymbolBasedInstanceOfError('UnexpectedError')
export class UnexpectedError extends Error {
  constructor(
    message: string,
    public override cause?: unknown,
  ) {
    super(message);
  }
}

/** The worker did not shut down within {@link WorkerOptions.shutdownForceTime}. Work may still be going on: exit the process. */
@SymbolBasedInstanceOfError('GracefulShutdownPeriodExpiredError')
export class GracefulShutdownPeriodExpiredError extends Error {}

/** A promise in workflow code was rejected and nobody caught it, most often for want of an `await`. `cause` is the rejection. */
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

/** Both the worker and the work around it failed, in `Worker.runUntil` or `Worker.runReplayHistories`. */
@SymbolBasedInstanceOfError('CombinedWorkerRunError')
export class CombinedWorkerRunError extends Error {
  public override readonly cause: CombinedWorkerRunErrorCause;

  constructor(message: string, { cause }: { cause: CombinedWorkerRunErrorCause }) {
    super(message);
    this.cause = cause;
  }
}

/** The promise given to `Worker.runUntil` was still pending when the worker had stopped and `promiseCompletionTimeout` had passed. */
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
