import type { WorkflowInfo } from '@temporalio/workflow';

/**
 * The attributes of every log line about a workflow, equal to those of `@temporalio/workflow`. This module does not
 * import that library, which is for use inside of workflows.
 */
export function workflowLogAttributes(info: WorkflowInfo): Record<string, unknown> {
  const { namespace, taskQueue, workflowId, runId, workflowType } = info;
  return { namespace, taskQueue, workflowId, runId, workflowType };
}
