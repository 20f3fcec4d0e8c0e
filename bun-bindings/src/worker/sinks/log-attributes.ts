import type { WorkflowInfo } from '@temporalio/workflow';

/**
 * The attributes that every log line about a workflow carries: those of `@temporalio/workflow`, as they are outside of
 * workflow code. That library is not loaded for them: it is for the inside of workflows.
 */
export function workflowLogAttributes(info: WorkflowInfo): Record<string, unknown> {
  const { namespace, taskQueue, workflowId, runId, workflowType } = info;
  return { namespace, taskQueue, workflowId, runId, workflowType };
}
