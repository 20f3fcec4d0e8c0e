import { temporal } from '@temporalio/proto';
import type { Recording } from '../determinism/recording.ts';

const { HistoryEvent } = temporal.api.history.v1;

type Plain = string | number | boolean | null | Plain[] | { [key: string]: Plain };

/**
 * What a program has left in histories, from the coarsest view to the finest.
 *
 * Times, random ids, sizes and stack traces are in none of them.
 */
export interface Views {
  /** All events but those of workflow tasks, in no order. Events name one another by what they are about. */
  facts: string[];
  /** The same in their order, in which they are numbered, and with the ids that workflows give. */
  order: string[];
  /** All events in their order. */
  everything: string[];
}

export type View = keyof Views;

export function viewsOf(recordings: Recording[]): Views {
  const events = recordings.flatMap((recording) => describeEvents(recording));
  const ordinary = events.filter(({ isOfTask }) => !isOfTask);
  return {
    facts: ordinary.map(({ fact }) => fact).sort(),
    order: ordinary.map(({ text }) => text),
    everything: events.map(({ exact }) => exact),
  };
}

interface Described {
  isOfTask: boolean;
  fact: string;
  text: string;
  /** The text, with places within workflow tasks. */
  exact: string;
}

function describeEvents({ history }: Recording): Described[] {
  const subjects = new Map<number, string>();
  const subjectOf = (id: number) => subjects.get(id) ?? 'an event that is not there';
  const numbers = new Map<number, string>();
  const numberOf = (id: number) => numbers.get(id) ?? 'a task';
  return (history.events ?? []).map((event) => {
    const { eventType, attributes, others } = plainEvent(event);
    const isOfTask = eventType.startsWith('WORKFLOW_TASK');
    if (!isOfTask) numbers.set(Number(event.eventId), String(numbers.size + 1));
    const written = (rules: Rules) => {
      const metadata = others.length === 0 ? '' : ` ${JSON.stringify(plain(others, rules))}`;
      return `${eventType} ${JSON.stringify(plain(attributes, rules))}${metadata}`;
    };
    const fact = written({ leaveOut: NUMBERS, refer: subjectOf });
    const text = written({ leaveOut: PLACES, refer: numberOf });
    const exact = written(EXACT);
    const { input, startToFireTimeout, signalName } = attributes as Record<string, unknown>;
    const about = JSON.stringify(
      plain([input, startToFireTimeout, signalName], { leaveOut: NUMBERS, refer: subjectOf }),
    );
    subjects.set(Number(event.eventId), isOfTask ? 'a task' : `${eventType} about ${about}`);
    return { isOfTask, fact, text, exact };
  });
}

/** An event as data, without its ids and times. */
function plainEvent(event: temporal.api.history.v1.IHistoryEvent) {
  const object = HistoryEvent.toObject(HistoryEvent.fromObject(event), { longs: Number, enums: String });
  const { eventId: _, eventTime: __, taskId: ___, version: ____, eventType, userMetadata, ...rest } = object;
  const [attributes = {}, ...more] = Object.values(rest);
  // The real server names the build of an activity's worker in some cases only.
  if (eventType === 'EVENT_TYPE_ACTIVITY_TASK_STARTED') delete attributes.workerVersion;
  const type = String(eventType).replace('EVENT_TYPE_', '');
  return { eventType: type, attributes, others: [userMetadata, ...more].filter((other) => other !== undefined) };
}

interface Rules {
  /** Fields that do not belong to the view, besides those that belong to none. */
  leaveOut: ReadonlySet<string>;
  /** Returns the text that stands for the id of an event. */
  refer: (eventId: number) => string;
}

/** Fields that say when, where and how large. */
const VOLATILE = new Set([
  // The points for resets by build id name runs and times.
  'prevAutoResetPoints',
  // The place that an operation's end is told to, and the names of operations, are of the server's or the worker's making.
  'nexus',
  'operationId',
  'operationToken',
  'historySizeBytes',
  'stackTrace',
  'trace',
  'original_schedule_time',
  'complete_time',
  'workflowExecutionExpirationTime',
  // A run that continues one which took less than a second waits for the rest of it.
  'firstWorkflowTaskBackoff',
]);
/**
 * The index of an activation within its workflow task, by which core's markers of local activities say when they were
 * resolved, and the ids in links to events of other workflows. They follow from how the workflow tasks were cut, and so belong
 * to the view that has those. A server that is slow cuts them in another way: a task that times out is tried again.
 */
const PLACES = new Set(['activation_index', 'eventId']);
/** Ids and indices, which depend on the order in which things happened. */
const NUMBERS = new Set([...PLACES, 'activityId', 'timerId', 'activity_id', 'seq', 'acceptedRequestSequencingEventId']);
const EXACT: Rules = { leaveOut: new Set(), refer: String };
/** Times that are measured, and so differ by some milliseconds. */
const MEASURED = new Set(['backoffStartInterval']);

/** A value without what differs from run to run. */
function plain(value: unknown, rules: Rules, key = ''): Plain {
  if (MEASURED.has(key)) return durationOf(value) > 0 ? 'some time' : 'no time';
  if (value instanceof Uint8Array) return plain(parsed(new TextDecoder().decode(value)), rules, 'data');
  if (Array.isArray(value)) {
    const items = value.map((item) => plain(item, rules));
    // Sets of flags, patches and names come in any order.
    return items.every((item) => typeof item !== 'object') ? items.sort() : items;
  }
  if (typeof value === 'number' && key.endsWith('EventId')) return value === 0 ? 'none' : rules.refer(value);
  if (typeof value === 'string') return value.replace(UUID, 'uuid');
  if (typeof value !== 'object' || value === null) return (value as Plain) ?? null;
  const entries = Object.entries(value).filter(([name]) => !VOLATILE.has(name) && !rules.leaveOut.has(name));
  entries.sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, plain(inner, rules, name)]));
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}/g;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function durationOf(value: unknown): number {
  const { seconds = 0, nanos = 0 } = (value ?? {}) as { seconds?: number; nanos?: number };
  return Number(seconds) + Number(nanos) / 1e9;
}

/** How two lists of events differ: lines that only one has, and the fields of those that are of one type. */
export function differenceBetween(ours: string[], theirs: string[]): string[] {
  const onlyOurs = without(ours, theirs);
  const onlyTheirs = without(theirs, ours);
  const lines: string[] = [];
  for (const line of onlyOurs) {
    const [type, fields] = parse(line);
    const at = onlyTheirs.findIndex((other) => parse(other)[0] === type);
    if (at < 0) {
      lines.push(`embedded only: ${line}`);
      continue;
    }
    const [, others] = parse(onlyTheirs.splice(at, 1)[0] ?? '');
    for (const [path, value] of fields) {
      if (others.get(path) !== value) lines.push(`${type} ${path}: embedded ${value}, real ${others.get(path)}`);
    }
    for (const [path, value] of others) {
      if (!fields.has(path)) lines.push(`${type} ${path}: embedded undefined, real ${value}`);
    }
  }
  lines.push(...onlyTheirs.map((line) => `real only: ${line}`));
  return lines.length === 0 ? ['the order differs', ...ours, 'real:', ...theirs] : [...new Set(lines)];
}

function without(some: string[], others: string[]): string[] {
  const left = [...others];
  return some.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function parse(line: string): [type: string, fields: Map<string, string>] {
  const space = line.indexOf(' ');
  const fields = new Map<string, string>();
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) {
      fields.set(path, JSON.stringify(value));
      return;
    }
    for (const [key, inner] of Object.entries(value)) visit(inner, path === '' ? key : `${path}.${key}`);
  };
  visit(parsed(line.slice(space + 1)), '');
  return [line.slice(0, space), fields];
}
