import { ApplicationFailure, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { HandlerError, type HandlerErrorOptions, type HandlerErrorType } from 'nexus-rpc';

/** The type of the handler error for each gRPC status code of a failed client call. */
const BY_GRPC_CODE: Record<number, [HandlerErrorType, Pick<HandlerErrorOptions, 'retryableOverride'>?]> = {
  1: ['INTERNAL'], // CANCELLED
  2: ['INTERNAL'], // UNKNOWN
  3: ['BAD_REQUEST'], // INVALID_ARGUMENT
  4: ['UPSTREAM_TIMEOUT'], // DEADLINE_EXCEEDED
  5: ['NOT_FOUND'], // NOT_FOUND
  6: ['INTERNAL', { retryableOverride: false }], // ALREADY_EXISTS
  7: ['INTERNAL'], // PERMISSION_DENIED: it concerns the handler, not its caller, and can be fixed
  8: ['RESOURCE_EXHAUSTED'], // RESOURCE_EXHAUSTED
  9: ['INTERNAL', { retryableOverride: false }], // FAILED_PRECONDITION
  10: ['UNAVAILABLE'], // ABORTED
  11: ['INTERNAL', { retryableOverride: false }], // OUT_OF_RANGE
  12: ['NOT_IMPLEMENTED'], // UNIMPLEMENTED
  13: ['INTERNAL'], // INTERNAL
  14: ['UNAVAILABLE'], // UNAVAILABLE
  15: ['INTERNAL'], // DATA_LOSS
  16: ['INTERNAL'], // UNAUTHENTICATED: it concerns the handler, too
};

/** Maps an error of a handler to the error that its caller sees. Unknown errors become a retryable `INTERNAL`. */
export async function toHandlerError(error: unknown): Promise<HandlerError> {
  if (error instanceof HandlerError) return error;
  if (error instanceof WorkflowExecutionAlreadyStartedError) return permanent(error);
  if (error instanceof ApplicationFailure) {
    return error.nonRetryable
      ? permanent(error, 'Handler failed with non-retryable application error')
      : new HandlerError('INTERNAL', undefined, { cause: error });
  }
  // Only a handler that has loaded the client can have an error of it. Loading the client here would take long.
  const { ActivityExecutionAlreadyStartedError, isGrpcServiceError, ServiceError } = await import('@temporalio/client');
  if (error instanceof ActivityExecutionAlreadyStartedError) return permanent(error);
  const code = error instanceof ServiceError && isGrpcServiceError(error.cause) ? error.cause.code : 2;
  const [type, options] = BY_GRPC_CODE[code] ?? ['INTERNAL'];
  return new HandlerError(type, undefined, { ...options, cause: error });
}

/** Whether the error will occur again at each retry. */
const permanent = (cause: Error, message?: string) =>
  new HandlerError('INTERNAL', message, { cause, retryableOverride: false });
