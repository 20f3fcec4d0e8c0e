import { CompleteAsyncError } from '@temporalio/activity';
import {
  type ActivitySerializationContext,
  ApplicationFailure,
  CancelledFailure,
  ensureApplicationFailure,
  FAILURE_SOURCE,
  type LoadedDataConverter,
  type ProtoFailure,
} from '@temporalio/common';
import { encodeErrorToFailure } from '@temporalio/common/lib/internal-non-workflow/codec-helpers';
import { isAbortError } from '@temporalio/common/lib/type-helpers';
import type { coresdk } from '@temporalio/proto';
import { ownFrame, withoutOwnFrames } from '../own-frames.ts';
import type { ActivityCancellation } from './activity-cancellation.ts';

type Result = coresdk.activity_result.IActivityExecutionResult;

/** Converts an error of an activity into the result to report. */
export async function resultOfError(
  error: unknown,
  cancellation: ActivityCancellation,
  converter: LoadedDataConverter,
  context: ActivitySerializationContext,
): Promise<Result> {
  if (error instanceof CompleteAsyncError) return { willCompleteAsync: {} };
  const encode = (failure: unknown) => encodeFailure(failure, converter, context);
  const { reason, details } = cancellation;

  if (reason === 'HEARTBEAT_DETAILS_CONVERSION_FAILED') {
    // The activity most likely threw the cancellation, but the server did not request one.
    return { failed: { failure: await encode(ApplicationFailure.retryable(reason, 'CancelledFailure')) } };
  }
  if (reason !== undefined && error instanceof CancelledFailure) {
    // Activities that were reset or paused run again.
    if (details.details?.reset) {
      return { failed: { failure: await encode(new ApplicationFailure('Activity reset', 'ActivityReset')) } };
    }
    if (details.details?.paused) {
      return { failed: { failure: await encode(new ApplicationFailure('Activity paused', 'ActivityPause')) } };
    }
    return { cancelled: { failure: { ...(await encode(error)), stackTrace: undefined } } };
  }
  if (reason !== undefined && isAbortError(error)) {
    return { cancelled: { failure: { source: FAILURE_SOURCE, canceledFailureInfo: {} } } };
  }
  return resultOfFailure(error, converter, context);
}

/** Builds the result of an activity that failed or could not be started. */
export async function resultOfFailure(
  error: unknown,
  converter: LoadedDataConverter,
  context: ActivitySerializationContext,
): Promise<Result> {
  return { failed: { failure: await encodeFailure(ensureApplicationFailure(error), converter, context) } };
}

async function encodeFailure(
  error: unknown,
  converter: LoadedDataConverter,
  context: ActivitySerializationContext,
): Promise<ProtoFailure> {
  return withoutOwnFrames(await encodeErrorToFailure(converter, error, context), OWN_FRAME);
}

const OWN_FRAME = ownFrame('callActivity', 'activity', 'activity-(?:invocation|execution|result)');
