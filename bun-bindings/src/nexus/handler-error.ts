import { ApplicationFailure, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { HandlerError, type HandlerErrorOptions, type HandlerErrorType } from 'nexus-rpc';

/** The handler error for a gRPC status that a call of the handler's client ended with, by its code. */
const BY_GRPC_CODE: Record<number, [HandlerErrorType, Pick<HandlerErrorOptions, 'retryableOverride'>?]> = {
  1: ['INTERNAL'], // CANCELLED
  2: ['INTERNAL'], // UNKNOWN
  3: ['BAD_REQUEST'], // INVALID_ARGUMENT
  4: ['UPSTREAM_TIMEOUT'], // DEADLINE_EXCEEDED
  5: ['NOT_FOUND'], // NOT_FOUND
  6: ['INTERNAL', { retryableOverride: false }], // ALREADY_EXISTS
  7: ['INTERNAL'], // PERMISSION_DENIED: to the handler, not to its caller; that can be mended
  8: ['RESOURCE_EXHAUSTED'], // RESOURCE_EXHAUSTED
  9: ['INTERNAL', { retryableOverride: false }], // FAILED_PRECONDITION
  10: ['UNAVAILABLE'], // ABORTED
  11: ['INTERNAL', { retryableOverride: false }], // OUT_OF_RANGE
  12: ['NOT_IMPLEMENTED'], // UNIMPLEMENTED
  13: ['INTERNAL'], // INTERNAL
  14: ['UNAVAILABLE'], // UNAVAILABLE
  15: ['INTERNAL'], // DATA_LOSS
  16: ['INTERNAL'], // UNAUTHENTICATED: again the handler
};

/** Maps an error of a handler to the one that its caller sees. Other kinds of errors become `INTERNAL`: retryable. */
export async function toHandlerError(error: unknown): Promise<HandlerError> {
  if (error instanceof HandlerError) return error;
  if (error instanceof WorkflowExecutionAlreadyStartedError) return permanent(error);
  if (error instanceof ApplicationFailure) {
    return error.nonRetryable
      ? permanent(error, 'Handler failed with non-retryable application error')
      : new HandlerError('INTERNAL', undefined, { cause: error });
  }
  // A handler that met an error of the client has loaded the client; for all others it takes long.
  const { ActivityExecutionAlreadyStartedError, isGrpcServiceError, ServiceError } = await import('@temporalio/client');
  if (error instanceof ActivityExecutionAlreadyStartedError) return permanent(error);
  const code = error instanceof ServiceError && isGrpcServiceError(error.cause) ? error.cause.code : 2;
  const [type, options] = BY_GRPC_CODE[code] ?? ['INTERNAL'];
  return new HandlerError(type, undefined, { ...options, cause: error });
}

/** An error that is the same each time. */
const permanent = (cause: Error, message?: string) =>
  new HandlerError('INTERNAL', message, { cause, retryableOverride: false });
