import { temporal } from '@temporalio/proto';
import type { Recording } from '../determinism/recording.ts';
import type { Effects } from './effects.ts';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
const { WorkflowTaskFailedCause } = temporal.api.enums.v1;

/**
 * Causes of failed workflow tasks that faults lead to: the server gives such a task out again, and nothing is lost.
 */
const HARMLESS = new Set<string>([
  'WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND',
  'WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_UPDATE',
  'WORKFLOW_TASK_FAILED_CAUSE_RESET_STICKY_TASK_QUEUE',
  'WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND',
]);

/** Messages of failed workflow tasks that faults lead to, too. */
const HARMLESS_MESSAGES = [
  // A thread was ended.
  /^The workflow thread that held this run went away$/,
  // An update is answered again after a restart of the server.
  /received \*update\.Response message while in state Completed$/,
];

/** Failed workflow tasks of a history that have another cause than a fault. */
export function failedTasks({ workflowId, history }: Recording): string[] {
  return (history.events ?? []).flatMap(({ eventId, workflowTaskFailedEventAttributes: failed }) => {
    if (!failed) return [];
    const cause = WorkflowTaskFailedCause[failed.cause ?? 0] ?? '';
    const message = failed.failure?.message ?? '';
    if (HARMLESS.has(cause) || HARMLESS_MESSAGES.some((harmless) => harmless.test(message))) return [];
    return [`${workflowId}, event ${eventId}: a workflow task of ${failed.identity} failed, ${cause}: ${message}`];
  });
}

/** Activities that were completed without their effect, and activities with more than one end. */
export function wrongEffects({ workflowId, runId, history }: Recording, effects: Effects): string[] {
  const activityIds = new Map<string, string>();
  const ends = new Map<string, number>();
  const complaints: string[] = [];
  for (const event of history.events ?? []) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) activityIds.set(String(event.eventId), scheduled.activityId ?? '');
    const end = endOfActivity(event);
    if (end === undefined) continue;
    ends.set(end, (ends.get(end) ?? 0) + 1);
    const activityId = activityIds.get(end) ?? '';
    if (event.activityTaskCompletedEventAttributes && effects.times({ runId, activityId }) === 0) {
      complaints.push(`${workflowId}: activity ${activityId} was completed without its effect`);
    }
  }
  for (const [end, times] of ends) {
    if (times > 1) complaints.push(`${workflowId}: activity ${activityIds.get(end)} ended ${times} times`);
  }
  return complaints;
}

/**
 * Whether an activity that was to be cancelled has timed out: its worker was gone, and the server does not try it again. The program
 * then sees a timeout in the place of the cancellation.
 */
export function hasOutlivedWorker({ history }: Recording): boolean {
  const cancelled = new Set(
    history.events?.map(({ activityTaskCancelRequestedEventAttributes: request }) => String(request?.scheduledEventId)),
  );
  return (history.events ?? []).some(({ activityTaskTimedOutEventAttributes: timeout }) =>
    timeout ? cancelled.has(String(timeout.scheduledEventId)) : false,
  );
}

function endOfActivity(event: HistoryEvent): string | undefined {
  const end =
    event.activityTaskCompletedEventAttributes ??
    event.activityTaskFailedEventAttributes ??
    event.activityTaskTimedOutEventAttributes ??
    event.activityTaskCanceledEventAttributes;
  return end ? String(end.scheduledEventId) : undefined;
}
