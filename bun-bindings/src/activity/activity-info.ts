import type { Info } from '@temporalio/activity';
import {
  type ActivitySerializationContext,
  ApplicationFailure,
  decodePriority,
  decompileRetryPolicy,
  type LoadedDataConverter,
} from '@temporalio/common';
import { decodeFromPayloadsAtIndex } from '@temporalio/common/lib/internal-non-workflow/codec-helpers';
import { optionalTsToMs, requiredTsToMs } from '@temporalio/common/lib/time';
import { errorMessage } from '@temporalio/common/lib/type-helpers';
import type { coresdk } from '@temporalio/proto';

/** A start task with all fields, as core always fills them in. */
export type ActivityStart = {
  [K in keyof coresdk.activity_task.IStart]-?: NonNullable<coresdk.activity_task.IStart[K]>;
};

/** Builds the context that a data converter gets with an activity's data. */
export function serializationContextOf(start: ActivityStart, namespace: string): ActivitySerializationContext {
  const workflowId = start.workflowExecution?.workflowId;
  return {
    type: 'activity',
    namespace,
    activityId: start.activityId || undefined,
    ...(workflowId ? { workflowId } : {}), // an activity that a client started has no workflow
    isLocal: start.isLocal,
  };
}

/**
 * Builds an activity's info. Throws an ApplicationFailure if the heartbeat details of the last attempt cannot be
 * decoded.
 */
export async function decodeActivityInfo(
  start: ActivityStart,
  taskToken: Uint8Array,
  worker: { namespace: string; taskQueue: string; dataConverter: LoadedDataConverter },
  context: ActivitySerializationContext,
): Promise<Info> {
  // An activity that a client started has no workflow.
  const inWorkflow = Boolean(start.workflowExecution?.workflowId);
  return {
    taskToken,
    base64TaskToken: Buffer.from(taskToken).toString('base64'),
    taskQueue: worker.taskQueue,
    activityId: start.activityId,
    activityType: start.activityType,
    activityNamespace: worker.namespace,
    activityRunId: inWorkflow ? undefined : start.runId,
    attempt: start.attempt,
    isLocal: start.isLocal,
    inWorkflow,
    namespace: start.workflowNamespace || worker.namespace,
    workflowExecution: inWorkflow ? (start.workflowExecution as Info['workflowExecution']) : undefined,
    workflowNamespace: inWorkflow ? start.workflowNamespace : undefined,
    workflowType: inWorkflow ? start.workflowType : undefined,
    scheduledTimestampMs: requiredTsToMs(start.scheduledTime, 'scheduledTime'),
    currentAttemptScheduledTimestampMs: requiredTsToMs(
      start.currentAttemptScheduledTime,
      'currentAttemptScheduledTime',
    ),
    startToCloseTimeoutMs: requiredTsToMs(start.startToCloseTimeout, 'startToCloseTimeout'),
    scheduleToCloseTimeoutMs: requiredTsToMs(start.scheduleToCloseTimeout, 'scheduleToCloseTimeout'),
    heartbeatTimeoutMs: optionalTsToMs(start.heartbeatTimeout),
    heartbeatDetails: await decodeHeartbeatDetails(start, worker.dataConverter, context),
    priority: decodePriority(start.priority),
    retryPolicy: decompileRetryPolicy(start.retryPolicy),
  };
}

async function decodeHeartbeatDetails(
  start: ActivityStart,
  dataConverter: LoadedDataConverter,
  context: ActivitySerializationContext,
): Promise<unknown> {
  try {
    return await decodeFromPayloadsAtIndex(dataConverter, 0, start.heartbeatDetails, context);
  } catch (error) {
    throw ApplicationFailure.fromError(error, {
      message: `Failed to parse heartbeat details for activity ${start.activityId}: ${errorMessage(error)}`,
    });
  }
}

/** The attributes of every log line about an activity. */
export function activityLogAttributes(info: Info): Record<string, unknown> {
  return {
    isLocal: info.isLocal,
    attempt: info.attempt,
    namespace: info.namespace,
    taskToken: info.base64TaskToken,
    activityId: info.activityId,
    activityType: info.activityType,
    taskQueue: info.taskQueue,
    ...(info.inWorkflow
      ? {
          workflowId: info.workflowExecution?.workflowId,
          workflowRunId: info.workflowExecution?.runId,
          workflowType: info.workflowType,
        }
      : { activityRunId: info.activityRunId }),
  };
}
