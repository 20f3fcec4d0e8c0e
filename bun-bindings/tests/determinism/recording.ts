import type { Client, WorkflowHandle } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils';

/** The history of one workflow run. */
export interface Recording {
  workflowId: string;
  runId: string;
  history: History;
}

export interface RecordOptions {
  /** Waits for the ends of children. A server may terminate them a moment after the end of their parent. */
  untilChildrenEnd?: boolean;
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
  const related: Promise<Recording[]>[] = [];
  for (const event of history.events ?? []) {
    const child = event.childWorkflowExecutionStartedEventAttributes?.workflowExecution;
    if (child?.workflowId && child.runId) related.push(recordChild(child.workflowId, child.runId));
    const { newExecutionRunId } =
      event.workflowExecutionContinuedAsNewEventAttributes ??
      event.workflowExecutionFailedEventAttributes ??
      event.workflowExecutionTimedOutEventAttributes ??
      {};
    const behind = event.nexusOperationStartedEventAttributes && event.links?.[0]?.workflowEvent;
    if (behind?.workflowId && behind.runId) related.push(record(client, behind.workflowId, behind.runId, options));
    if (newExecutionRunId) related.push(record(client, workflowId, newExecutionRunId, options));
  }
  return [{ workflowId, runId, history }, ...(await Promise.all(related)).flat()];

  async function recordChild(childId: string, childRunId: string): Promise<Recording[]> {
    if (options.untilChildrenEnd) await client.workflow.result(childId, childRunId).catch(() => undefined);
    return record(client, childId, childRunId, options);
  }
}

/** Whether the run came to the end of its program: it was not cut short from outside, and is not under way any more. */
export function isComplete({ history }: Recording): boolean {
  const last = history.events?.at(-1);
  return Boolean(
    last?.workflowExecutionCompletedEventAttributes ?? last?.workflowExecutionContinuedAsNewEventAttributes,
  );
}
