import type { Client, WorkflowHandle } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils';
import type { temporal } from '@temporalio/proto';

/** The history of one workflow run. */
export interface Recording {
  workflowId: string;
  runId: string;
  history: History;
}

export interface RecordOptions {
  /**
   * Waits for the ends of children, and of workflows behind operations whose cancellation was delivered. A server may
   * terminate children a moment after the end of their parent, and such workflows may end later than it.
   */
  untilOthersEnd?: boolean;
}

/** The histories of a workflow: those of all runs that continue one another, of its children, and behind its operations. */
export async function record(
  client: Client,
  workflowId: string,
  runId: string,
  options: RecordOptions = {},
): Promise<Recording[]> {
  const handle: WorkflowHandle = client.workflow.getHandle(workflowId, runId);
  const history = await handle.fetchHistory();
  const events = history.events ?? [];
  const related: Promise<Recording[]>[] = [];
  for (const event of events) {
    const child = event.childWorkflowExecutionStartedEventAttributes?.workflowExecution;
    if (child?.workflowId && child.runId) related.push(recordToItsEnd(child.workflowId, child.runId));
    const { newExecutionRunId } =
      event.workflowExecutionContinuedAsNewEventAttributes ??
      event.workflowExecutionFailedEventAttributes ??
      event.workflowExecutionTimedOutEventAttributes ??
      {};
    const operation = event.nexusOperationStartedEventAttributes;
    const behind = operation && event.links?.[0]?.workflowEvent;
    if (behind?.workflowId && behind.runId) {
      const recorded = isCancelled(operation, events) ? recordToItsEnd : recordAsItIs;
      related.push(recorded(behind.workflowId, behind.runId));
    }
    if (newExecutionRunId) related.push(record(client, workflowId, newExecutionRunId, options));
  }
  return [{ workflowId, runId, history }, ...(await Promise.all(related)).flat()];

  async function recordToItsEnd(otherId: string, otherRunId: string): Promise<Recording[]> {
    if (options.untilOthersEnd) await client.workflow.result(otherId, otherRunId).catch(() => undefined);
    return recordAsItIs(otherId, otherRunId);
  }

  function recordAsItIs(otherId: string, otherRunId: string): Promise<Recording[]> {
    return record(client, otherId, otherRunId, options);
  }
}

/** Whether the handler of an operation was asked to cancel it. */
function isCancelled(
  { scheduledEventId }: temporal.api.history.v1.INexusOperationStartedEventAttributes,
  events: temporal.api.history.v1.IHistoryEvent[],
): boolean {
  return events.some(
    ({ nexusOperationCancelRequestCompletedEventAttributes: cancelled }) =>
      cancelled && String(cancelled.scheduledEventId) === String(scheduledEventId),
  );
}

/** Whether the run came to the end of its program: it was not cut short from outside, and is not under way any more. */
export function isComplete({ history }: Recording): boolean {
  const last = history.events?.at(-1);
  return Boolean(
    last?.workflowExecutionCompletedEventAttributes ?? last?.workflowExecutionContinuedAsNewEventAttributes,
  );
}
