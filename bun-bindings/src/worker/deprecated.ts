import type { Logger } from '@temporalio/common';
import type {
  GetLogAttributesInput,
  Next,
  WorkflowExecuteInput,
  WorkflowInboundCallsInterceptor,
  WorkflowOutboundCallsInterceptor,
} from '@temporalio/workflow';
import { ActivityInboundLogInterceptor } from '../activity/log-interceptor.ts';
import type { WorkerInterceptors } from '../interceptors.ts';
import { Runtime } from '../runtime/index.ts';

/** @deprecated The default interceptors are always there. */
export const defaultWorkflowInterceptorModules: never[] = [];

/**
 * Adds an interceptor that sends what activities log to `logger`.
 *
 * @deprecated Set `Runtime.install({ logger })`.
 */
export function appendDefaultInterceptors(interceptors: WorkerInterceptors, logger?: Logger): WorkerInterceptors {
  if (logger === undefined || logger === Runtime.instance().logger) return interceptors;
  const { activityInbound = [], activity, workflowModules } = interceptors;
  return {
    activityInbound: [(ctx) => new ActivityInboundLogInterceptor(ctx, logger), ...activityInbound],
    activity,
    workflowModules,
  };
}

/** @deprecated The start and end of workflows are always logged. Intercept `getLogAttributes` to change the attributes. */
export class WorkflowLogInterceptor implements WorkflowInboundCallsInterceptor, WorkflowOutboundCallsInterceptor {
  getLogAttributes(
    input: GetLogAttributesInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'getLogAttributes'>,
  ): Record<string, unknown> {
    return next(input);
  }

  execute(input: WorkflowExecuteInput, next: Next<WorkflowInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    return next(input);
  }
}

/** @deprecated See {@link WorkflowLogInterceptor}. */
export const WorkflowInboundLogInterceptor = WorkflowLogInterceptor;
