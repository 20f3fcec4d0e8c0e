import type { EmbeddedServerFaults, EmbeddedServerStep } from '../test-workflow-environment.ts';
import type { Outcome, RecordedHistory } from './outcome.ts';

const WORDS: Record<keyof EmbeddedServerFaults, string> = {
  workflowTaskTwice: 'is handed out twice',
  workflowTaskTimeout: 'times out, and its answer comes too late',
  stickyCacheLost: 'is answered, and the worker loses the run from its cache',
  eviction: 'is answered, and the worker evicts the run',
  pollLost: 'is lost on its way to the worker',
  answerLost: 'is answered, and the worker does not hear that the server has the answer',
  activityResultLost: 'ends, and its result is lost',
  activityFailure: 'fails before it begins',
  activityTimeout: 'times out before it begins',
  lateHeartbeat: 'times out, since its heartbeat is late',
};

/** The events of a history that are shown at most. */
const MOST_EVENTS = 60;

/** A failure that {@link explore} has found. Its message says how to have it again. */
export class ExplorationError extends Error {
  override readonly name = 'ExplorationError';
  /** The seed of the run: with it as `seed`, the run comes again. */
  readonly seed: number;
  /** The faults and tasks of the shortest run that failed, in their order. */
  readonly schedule: readonly EmbeddedServerStep[];
  /** The histories of the shortest run that failed. */
  readonly histories: readonly RecordedHistory[];

  /** The time until the failure was found, before a shorter schedule was looked for, in ms. */
  readonly foundAfterMs: number;

  constructor(outcome: Outcome, runs: number, foundAfterMs: number) {
    const { failure, plan, schedule, histories } = outcome;
    super(
      [
        `Seed ${plan.seed} fails, after ${runs} runs: ${failure?.message}`,
        '',
        `The shortest schedule that fails${plan.keepsOrder ? ', with tasks in the order in which they come' : ''}:`,
        ...schedule.map((step) => `  ${inWords(step)}`),
        ...histories.flatMap(describe),
        '',
        `To have it again: explore({ …, seed: ${plan.seed} }, …)`,
      ].join('\n'),
      { cause: failure },
    );
    this.seed = plan.seed;
    this.foundAfterMs = foundAfterMs;
    this.schedule = schedule;
    this.histories = histories;
  }
}

/** A step of a schedule, as a sentence. */
function inWords({ fault, place }: EmbeddedServerStep): string {
  return fault === undefined ? `${place} is handed out` : `FAULT: ${place} ${WORDS[fault]}`;
}

function describe({ workflowId, history }: RecordedHistory): string[] {
  const events = history.events ?? [];
  const shown = events.slice(0, MOST_EVENTS).map((event) => {
    const [name = '', attributes = {}] =
      Object.entries(event).find(([key, value]) => key.endsWith('EventAttributes') && value) ?? [];
    const { activityType, timerId, signalName, failure } = attributes as {
      activityType?: { name?: string };
      timerId?: string;
      signalName?: string;
      failure?: { message?: string };
    };
    const about = [activityType?.name, timerId && `timer ${timerId}`, signalName, failure?.message];
    const details = about.filter(Boolean).join(', ');
    return `  ${event.eventId} ${name.replace('EventAttributes', '')}${details && `: ${details}`}`;
  });
  const more = events.length > MOST_EVENTS ? [`  and ${events.length - MOST_EVENTS} more`] : [];
  return ['', `The history of ${workflowId}:`, ...shown, ...more];
}
