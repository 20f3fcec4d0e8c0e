import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { temporal } from '@temporalio/proto';

const {
  EventType,
  PendingActivityState,
  PendingNexusOperationState,
  PendingWorkflowTaskState,
  WorkflowExecutionStatus,
} = temporal.api.enums.v1;

type Event = temporal.api.history.v1.IHistoryEvent;
type Failure = temporal.api.failure.v1.IFailure;
type Description = temporal.api.workflowservice.v1.IDescribeWorkflowExecutionResponse;

const LAST_EVENTS = 8;
const ENDINGS = /_(CHILD_WORKFLOW_EXECUTION|NEXUS_OPERATION)_(COMPLETED|FAILED|CANCELED|TIMED_OUT|TERMINATED)$/;

/**
 * Tells where a workflow stands: its last events, its failures with their causes, and what it waits for. So it does of its
 * earlier runs, of its children that have not ended, and of the workflows behind its operations.
 *
 * There are no times in it: the same text twice means that nothing has happened in between.
 */
export async function placeOf(client: Client, workflowId: string, runId?: string): Promise<string> {
  try {
    return (await linesOf(client, workflowId, runId)).join('\n');
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return `there is no workflow ${workflowId}`;
    throw error;
  }
}

async function linesOf(client: Client, workflowId: string, runId: string | undefined): Promise<string[]> {
  const { raw } = await client.workflow.getHandle(workflowId, runId).describe();
  const { runId: thisRun } = raw.workflowExecutionInfo?.execution ?? {};
  const { events } = await client.workflow.getHandle(workflowId, thisRun ?? undefined).fetchHistory();
  return [
    `workflow ${workflowId}, run ${thisRun}: ${headOf(raw, events ?? [])}`,
    ...[...(events ?? []).slice(-LAST_EVENTS).map(eventInWords), ...pendingIn(raw)].map(indented),
    ...(await linesOfOthers(client, workflowId, events ?? [])).map(indented),
  ];
}

function headOf({ workflowExecutionInfo }: Description, events: Event[]): string {
  const status = WorkflowExecutionStatus[workflowExecutionInfo?.status ?? 0]?.replace('WORKFLOW_EXECUTION_STATUS_', '');
  return `${status}, ${events.length} events`;
}

function eventInWords(event: Event): string {
  const type = EventType[event.eventType ?? 0]?.replace('EVENT_TYPE_', '');
  const failure = Object.values(event).find((attributes) => attributes?.failure)?.failure;
  return `${event.eventId} ${type}${failure ? `: ${inWords(failure)}` : ''}`;
}

/** A failure with its causes. */
function inWords(failure: Failure): string {
  const { message, applicationFailureInfo, cause } = failure;
  const type = applicationFailureInfo?.type ? ` (${applicationFailureInfo.type})` : '';
  return `${message}${type}${cause ? ` <- ${inWords(cause)}` : ''}`;
}

/** The workflow task, activities and operations that a run waits for. */
function pendingIn({ pendingWorkflowTask, pendingActivities, pendingNexusOperations }: Description): string[] {
  const lines: string[] = [];
  const pending = (what: string, state: string | undefined, attempt: unknown, failure?: Failure | null) =>
    lines.push(`${what}: ${state}, attempt ${attempt}${failure ? `, failed before: ${inWords(failure)}` : ''}`);
  if (pendingWorkflowTask)
    pending(
      'workflow task',
      PendingWorkflowTaskState[pendingWorkflowTask.state ?? 0]?.replace('PENDING_WORKFLOW_TASK_STATE_', ''),
      pendingWorkflowTask.attempt,
    );
  for (const { activityId, activityType, state, attempt, lastFailure } of pendingActivities ?? [])
    pending(
      `activity ${activityType?.name} ${activityId}`,
      PendingActivityState[state ?? 0]?.replace('PENDING_ACTIVITY_STATE_', ''),
      attempt,
      lastFailure,
    );
  for (const { operation, scheduledEventId, state, attempt, lastAttemptFailure } of pendingNexusOperations ?? [])
    pending(
      `operation ${operation} of event ${scheduledEventId}`,
      PendingNexusOperationState[state ?? 0]?.replace('PENDING_NEXUS_OPERATION_STATE_', ''),
      attempt,
      lastAttemptFailure,
    );
  return lines;
}

/** The run before, the children that have not ended, and the workflows behind operations that have not. */
async function linesOfOthers(client: Client, workflowId: string, events: Event[]): Promise<string[]> {
  const open = new Map<string, { workflowId: string; runId: string }>();
  const note = (initiatedId: unknown, execution: temporal.api.common.v1.IWorkflowExecution | null | undefined) => {
    if (execution?.workflowId && execution.runId)
      open.set(String(initiatedId), { workflowId: execution.workflowId, runId: execution.runId });
  };
  for (const event of events) {
    const child = event.childWorkflowExecutionStartedEventAttributes;
    const operation = event.nexusOperationStartedEventAttributes;
    if (child) note(child.initiatedEventId, child.workflowExecution);
    if (operation) note(operation.scheduledEventId, event.links?.[0]?.workflowEvent);
    if (ENDINGS.test(EventType[event.eventType ?? 0] ?? '')) open.delete(beginningOf(event));
  }
  const others = [...open.values()];
  const before = events[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
  if (before) others.unshift({ workflowId, runId: before });
  const lines = await Promise.all(others.map((other) => linesOf(client, other.workflowId, other.runId)));
  return lines.flat();
}

/** The event that began what this one ends. */
function beginningOf(event: Event): string {
  const ids = Object.values(event).map((attributes) => attributes?.initiatedEventId ?? attributes?.scheduledEventId);
  return String(ids.find((id) => id != null));
}

function indented(line: string): string {
  return `  ${line}`;
}
