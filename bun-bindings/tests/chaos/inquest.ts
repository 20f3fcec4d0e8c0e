import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';

const { EventType, TaskQueueType } = temporal.api.enums.v1;
const LAST_EVENTS = 60;

/** Describes a workflow that has not ended, and its children that have not: what the server waits for, and the latest events. */
export async function inquireWorkflow(client: Client, workflowId: string): Promise<string[]> {
  const handle = client.workflow.getHandle(workflowId);
  const { status, raw } = await handle.describe();
  const { pendingActivities, pendingChildren, pendingWorkflowTask } = raw;
  const { events } = await handle.fetchHistory();
  const latest = events?.slice(-LAST_EVENTS).map(({ eventId, eventType, eventTime, ...attributes }) => {
    const of = Object.entries(attributes).filter(([name, value]) => name.endsWith('Attributes') && value !== null);
    const time = new Date(Number(eventTime?.seconds) * 1000 + (eventTime?.nanos ?? 0) / 1e6).toISOString();
    return `  ${eventId} ${time} ${EventType[eventType ?? 0]?.replace('EVENT_TYPE_', '')} ${JSON.stringify(of.map(([, value]) => value))}`;
  });
  const children = await Promise.all(
    (pendingChildren ?? []).map((child) => inquireWorkflow(client, child.workflowId ?? '')),
  );
  return [
    `${workflowId}: ${status.name}, pending: ${JSON.stringify({ pendingWorkflowTask, pendingActivities, pendingChildren })}`,
    ...(latest ?? []),
    ...children.flat(),
  ];
}

/** Describes the pollers of a task queue, and the tasks that wait there. */
export async function inquireTaskQueue(client: Client, name: string): Promise<string[]> {
  const types = [TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY];
  return Promise.all(
    types.map(async (taskQueueType) => {
      const { pollers, stats } = await client.workflowService.describeTaskQueue({
        namespace: client.options.namespace,
        taskQueue: { name },
        taskQueueType,
        reportStats: true,
        reportPollers: true,
      });
      return `task queue ${name}, ${TaskQueueType[taskQueueType]}: ${JSON.stringify({ stats, pollers })}`;
    }),
  );
}
