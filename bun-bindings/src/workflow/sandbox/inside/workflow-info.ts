import {
  convertDeploymentVersion,
  decodePriority,
  decompileRetryPolicy,
  TypedSearchAttributes,
} from '@temporalio/common';
import { suggestContinueAsNewReasonsFromProto } from '@temporalio/common/lib/continue-as-new';
import { optionalTsToDate, optionalTsToMs, requiredTsToMs, tsToDate } from '@temporalio/common/lib/time';
import type { coresdk } from '@temporalio/proto';
import type { ParentWorkflowInfo, RootWorkflowInfo, WorkflowInfo } from '@temporalio/workflow';
import { createUnsafeRandomSource } from '@temporalio/workflow/lib/random-helpers';
import type { Activation } from './protos/messages.ts';

type InitializeWorkflow = coresdk.workflow_activation.IInitializeWorkflow;

function parentInfo(parent: InitializeWorkflow['parentWorkflowInfo']): ParentWorkflowInfo | undefined {
  if (!parent?.workflowId || !parent.runId || !parent.namespace) return undefined;
  return { workflowId: parent.workflowId, runId: parent.runId, namespace: parent.namespace };
}

function rootInfo(root: InitializeWorkflow['rootWorkflow']): RootWorkflowInfo | undefined {
  if (!root?.workflowId || !root.runId) return undefined;
  return { workflowId: root.workflowId, runId: root.runId };
}

/** The thread's clock and chance, which workflow code may ask where that changes nothing. All runs get the same. */
export const realSources = { now: Date.now, random: createUnsafeRandomSource(Math.random) };

/** The fields of `WorkflowInfo` that every activation brings anew. */
export function infoOfActivation(activation: Activation) {
  return {
    historyLength: activation.historyLength,
    // 0 when the server does not say.
    historySize: activation.historySizeBytes?.toNumber() ?? 0,
    continueAsNewSuggested: activation.continueAsNewSuggested ?? false,
    targetWorkerDeploymentVersionChanged: activation.targetWorkerDeploymentVersionChanged ?? false,
    suggestedContinueAsNewReasons: suggestContinueAsNewReasonsFromProto(activation.suggestContinueAsNewReasons),
    currentBuildId: activation.deploymentVersionForCurrentTask?.buildId ?? '',
    currentDeploymentVersion: convertDeploymentVersion(activation.deploymentVersionForCurrentTask),
  };
}

/**
 * The `WorkflowInfo` of a run that `activation` starts. Memo, search attributes and the last result are payloads: the
 * library converts them while it initializes the workflow.
 */
export function makeWorkflowInfo(
  activation: Activation,
  job: InitializeWorkflow,
  worker: { namespace: string; taskQueue: string },
): WorkflowInfo {
  const { workflowId, workflowType, firstExecutionRunId, attempt, startTime } = job;
  if (
    workflowId == null ||
    workflowType == null ||
    firstExecutionRunId == null ||
    attempt == null ||
    startTime == null
  ) {
    throw new TypeError(`Malformed InitializeWorkflow activation: ${JSON.stringify(job)}`);
  }
  if (activation.timestamp == null) {
    throw new TypeError('Got activation with no timestamp, cannot create a new Workflow instance');
  }
  return {
    workflowId,
    runId: activation.runId,
    workflowType,
    searchAttributes: {},
    typedSearchAttributes: new TypedSearchAttributes(),
    parent: parentInfo(job.parentWorkflowInfo),
    root: rootInfo(job.rootWorkflow),
    taskQueue: worker.taskQueue,
    namespace: worker.namespace,
    firstExecutionRunId,
    originalExecutionRunId: job.originalExecutionRunId ?? activation.runId,
    continuedFromExecutionRunId: job.continuedFromExecutionRunId || undefined,
    startTime: tsToDate(startTime),
    runStartTime: tsToDate(activation.timestamp),
    executionTimeoutMs: optionalTsToMs(job.workflowExecutionTimeout),
    executionExpirationTime: optionalTsToDate(job.workflowExecutionExpirationTime),
    runTimeoutMs: optionalTsToMs(job.workflowRunTimeout),
    taskTimeoutMs: requiredTsToMs(job.workflowTaskTimeout, 'workflowTaskTimeout'),
    retryPolicy: decompileRetryPolicy(job.retryPolicy),
    attempt,
    cronSchedule: job.cronSchedule || undefined,
    // 0 is no interval: schedules are at least a minute apart.
    cronScheduleToScheduleInterval: optionalTsToMs(job.cronScheduleToScheduleInterval) || undefined,
    ...infoOfActivation(activation),
    priority: decodePriority(job.priority),
    unsafe: {
      isReplaying: activation.isReplaying,
      isReplayingHistoryEvents: activation.isReplaying,
      ...realSources,
    },
  };
}
