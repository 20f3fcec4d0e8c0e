import {
  ApplicationFailure,
  CancelledFailure,
  FAILURE_SOURCE,
  type LoadedDataConverter,
  type ProtoFailure,
} from '@temporalio/common';
import { encodeErrorToFailure } from '@temporalio/common/lib/internal-non-workflow';
import { temporal } from '@temporalio/proto';
import type { OperationError } from 'nexus-rpc';
import { ownFrame, withoutOwnFrames } from '../own-frames.ts';
import { toHandlerError } from './handler-error.ts';

/** Builds the failure of a request that could not be handled. */
export async function handlerFailure(error: unknown, converter: LoadedDataConverter): Promise<ProtoFailure> {
  const handlerError = await toHandlerError(error);
  const failure = withoutOwnFrames(await encodeErrorToFailure(converter, handlerError), OWN_FRAME);
  if (failure.nexusHandlerFailureInfo) return failure;
  // An error of another service, or of a user's converter, may lack this info. Core rejects a failure without it.
  const { type, message, retryable } = handlerError;
  return { ...internalFailure(message), nexusHandlerFailureInfo: retryInfo(type, retryable), cause: failure };
}

/** Builds the failure of an operation that was started and then failed or was cancelled. */
export async function operationFailure(error: OperationError, converter: LoadedDataConverter): Promise<ProtoFailure> {
  const { message, cause } = error;
  const failure =
    error.state === 'canceled'
      ? new CancelledFailure(message, undefined, cause)
      : ApplicationFailure.create({ message, type: 'OperationError', nonRetryable: true, cause });
  failure.stack = error.stack;
  return withoutOwnFrames(await encodeErrorToFailure(converter, failure), OWN_FRAME);
}

/** Builds a failure without a converter. The request is retried. */
export function internalFailure(message: string): ProtoFailure {
  return { message, source: FAILURE_SOURCE, nexusHandlerFailureInfo: retryInfo('INTERNAL', true) };
}

function retryInfo(type: string, retryable: boolean) {
  const behaviors = temporal.api.enums.v1.NexusHandlerErrorRetryBehavior;
  return {
    type,
    retryBehavior: retryable
      ? behaviors.NEXUS_HANDLER_ERROR_RETRY_BEHAVIOR_RETRYABLE
      : behaviors.NEXUS_HANDLER_ERROR_RETRY_BEHAVIOR_NON_RETRYABLE,
  };
}

const OWN_FRAME = ownFrame('callHandler', 'nexus', 'nexus-(?:invocation|execution)');
