import type { CodePlaces, PlacedCommand } from '../../workflow/sandbox/inside/code-places.ts';

/** An event of a history. */
interface EventName {
  id: number;
  /** As in `TimerStarted`. */
  type: string;
}

/** Where code and history part. */
export interface Divergence {
  /** The event that the code does not fit. */
  event?: EventName | undefined;
  /** The command that the code asks for in its place. Absent if it asks for none. */
  command?: { type: string; name?: string | undefined } | undefined;
  /** `file:line:column` of the code that asks for the command, or that waits where it should ask for one. */
  place?: string | undefined;
}

type Fields = Record<string, unknown>;
interface HistoryEvent {
  eventId?: unknown;
  [attributes: string]: unknown;
}

/** Fields with the attributes of the events that commands lead to, without `EventAttributes`. */
const EVENTS: Record<string, string> = {
  startTimer: 'timerStarted',
  cancelTimer: 'timerCanceled',
  scheduleActivity: 'activityTaskScheduled',
  requestCancelActivity: 'activityTaskCancelRequested',
  startChildWorkflowExecution: 'startChildWorkflowExecutionInitiated',
  signalExternalWorkflowExecution: 'signalExternalWorkflowExecutionInitiated',
  requestCancelExternalWorkflowExecution: 'requestCancelExternalWorkflowExecutionInitiated',
  scheduleNexusOperation: 'nexusOperationScheduled',
  requestCancelNexusOperation: 'nexusOperationCancelRequested',
  setPatchMarker: 'markerRecorded',
  upsertWorkflowSearchAttributes: 'upsertWorkflowSearchAttributes',
  modifyWorkflowProperties: 'workflowPropertiesModified',
  completeWorkflowExecution: 'workflowExecutionCompleted',
  failWorkflowExecution: 'workflowExecutionFailed',
  cancelWorkflowExecution: 'workflowExecutionCanceled',
  continueAsNewWorkflowExecution: 'workflowExecutionContinuedAsNew',
};
const ATTRIBUTES = /EventAttributes$/;

/**
 * Finds where code and history part, from the message of a replay that has failed and from where the workflow was in its code.
 *
 * @param history an object as `temporal workflow show --output json` prints it.
 */
export function divergenceOf(history: unknown, message: string, places: CodePlaces | undefined): Divergence {
  const reported = eventIn(message);
  if (places === undefined || places.failure !== undefined) return { event: reported, place: places?.failure };
  const events = (history as { events: HistoryEvent[] }).events;
  const reportedEvent = events.find(({ eventId }) => Number(eventId) === reported?.id);
  const { taskCompletedEventId } = places;
  const commands = places.commands.filter(({ type }) => EVENTS[type] !== undefined);
  const recorded = commandEvents(events, taskCompletedEventId);
  const isOfLaterTask = reportedEvent !== undefined && taskOf(reportedEvent) !== taskCompletedEventId;
  const known = reportedEvent === undefined ? -1 : recorded.indexOf(reportedEvent);
  // A command that its own task has no event for meets one of a later task.
  const index = isOfLaterTask ? recorded.length : known >= 0 ? known : firstDifference(recorded, commands);
  const command = commands[index];
  const event = reported ?? nameOf(recorded[index]);
  if (command === undefined) return { event, place: places.waits[0] };
  return { event, command: { type: command.type, name: command.name }, place: command.place };
}

/** Finds the event that a message of core names, as in `HistoryEvent(id: 5, TimerStarted)`. */
function eventIn(message: string): EventName | undefined {
  const [, id, type] = /HistoryEvent\(id: (\d+), (\w+)\)/.exec(message) ?? [];
  return type === undefined ? undefined : { id: Number(id), type };
}

function nameOf(event: HistoryEvent | undefined): EventName | undefined {
  if (event === undefined) return undefined;
  const kind = kindOf(event);
  return kind === undefined
    ? undefined
    : { id: Number(event.eventId), type: kind.replace(/^./, (first) => first.toUpperCase()) };
}

function kindOf(event: HistoryEvent): string | undefined {
  return Object.keys(event)
    .find((key) => ATTRIBUTES.test(key))
    ?.replace(ATTRIBUTES, '');
}

function attributesOf(event: HistoryEvent): Fields {
  return (event[`${kindOf(event)}EventAttributes`] ?? {}) as Fields;
}

/** The id of the event that completed the workflow task whose command led to an event. */
function taskOf(event: HistoryEvent): number | undefined {
  const { workflowTaskCompletedEventId: id } = attributesOf(event);
  return id === undefined ? undefined : Number(id);
}

/** The events that commands of a workflow task led to, one for each command. */
function commandEvents(events: readonly HistoryEvent[], taskId: number): HistoryEvent[] {
  return events.filter((event) => {
    if (taskOf(event) !== taskId) return false;
    const { markerName, searchAttributes } = attributesOf(event);
    // Local activities are recorded when they have ended, and patches are made searchable beside their marker.
    if (markerName === 'core_local_activity') return false;
    const { indexedFields } = (searchAttributes ?? {}) as { indexedFields?: Fields };
    return indexedFields === undefined || !('TemporalChangeVersion' in indexedFields);
  });
}

function firstDifference(events: readonly HistoryEvent[], commands: readonly PlacedCommand[]): number {
  const index = commands.findIndex((command, at) => !fits(events[at], command));
  return index < 0 ? commands.length : index;
}

function fits(event: HistoryEvent | undefined, { type, name }: PlacedCommand): boolean {
  if (event === undefined || kindOf(event) !== EVENTS[type]) return false;
  const { activityType, workflowType, signalName } = attributesOf(event) as Record<string, { name?: string } | string>;
  const recorded = Object(activityType).name ?? Object(workflowType).name ?? signalName;
  return recorded === undefined || recorded === name;
}
