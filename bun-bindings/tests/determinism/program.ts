/**
 * A workflow as data: a generator makes it from a seed, and the workflow `interpret` does what it says.
 *
 * A program is closed if what it observes does not depend on which of two things happens first in the world.
 */
export interface Program {
  steps: Step[];
  /** The messages that a client sends while the program runs, in this order. */
  inputs: Input[];
  /**
   * Whether there are local activities. Then core does not promise three things that are checked otherwise:
   * - When a workflow task ends without commands while a local activity is under way, core skips that task in replay. What was
   *   done in it gets the time of the next one, so there are no times in the trace.
   * - Without a cache, a run may be evicted while a local activity is under way. Core cancels that, and the workflow sees it.
   * - When a workflow ends while a local activity is under way, core may put the activity's marker after the command that ends
   *   it. The server refuses that, so such programs wait for the activity, and do not continue as new.
   */
  hasLocalActivities: boolean;
  /** Continues as new with this program. */
  next?: Program;
  /** Fails at its end. */
  fails?: boolean;
}

export type Step =
  | { do: 'timer'; ms: number }
  | { do: 'activity'; name: string; local: boolean; ms: number; attempts: number }
  | { do: 'fail'; by: 'throw' | 'activity' | 'localActivity' }
  /** Waits for the value that comes through a channel. */
  | { do: 'receive'; channel: number }
  /** Sends a value through a channel of the parent. */
  | { do: 'signalParent'; channel: number }
  /** Waits for a channel, but no longer than `ms`. A channel of -1 never gets a value. */
  | { do: 'condition'; channel: number; ms: number }
  | { do: 'child'; program: Program }
  | { do: 'together'; how: Combinator; branches: Step[][] }
  | { do: 'cancel'; body: Step[]; forever?: Forever; canceller: Step[] }
  | { do: 'timeout'; ms: number; body: Step[]; forever?: Forever }
  | { do: 'shield'; body: Step[] }
  | { do: 'patch'; id: string; active: Step[]; inactive: Step[] }
  | { do: 'deprecatedPatch'; id: string }
  /** Goes one way or the other, as `Math.random` says. */
  | { do: 'toss'; heads: Step[]; tails: Step[] }
  | { do: 'uuid' }
  | ({ do: 'forever' } & Forever)
  /** An activity that one of its limits ends, as often as it is tried. */
  | { do: 'limit'; limit: 'startToClose' | 'scheduleToClose' | 'scheduleToStart' | 'heartbeat'; attempts: number }
  /** A child that does not succeed, as often as it is tried. */
  | { do: 'failingChild'; how: 'fails' | 'timesOut' | 'isRefused'; attempts: number }
  /** Asks a workflow that does not exist. */
  | { do: 'askNobody'; to: 'signal' | 'cancel' }
  /** A Nexus operation: answered at once, at the second attempt, by a workflow, or without success. */
  | { do: 'operation'; how: OperationKind }
  | { do: 'memo'; key: string }
  /** Waits until an activity, which runs beside the wait, has the workflow cancelled. */
  | ({ do: 'cancelledFromOutside' } & Forever)
  /** A step that no workflow may take: it goes by the real clock. No generator makes it. */
  | { do: 'clock' }
  /** A step that no workflow may take: it does one thing first, and another in replay. No generator makes it. */
  | { do: 'replayDependent' };

export type OperationKind = 'echo' | 'triedAgain' | 'fail' | 'refuse' | 'run' | 'runThatFails' | 'runThatTimesOut';

export type Combinator = 'all' | 'allSettled' | 'race' | 'any';

/** A wait that only a cancellation ends. */
export interface Forever {
  on: 'timer' | 'condition' | 'activity' | 'child' | 'operation';
  cancellation: 'ABANDON' | 'TRY_CANCEL' | 'WAIT_CANCELLATION_COMPLETED';
}

/** Before it is sent, the client asks the workflow something `pauses` times. */
export type Input = { pauses: number } & (
  | { send: 'signal'; channel: number }
  | { send: 'update'; steps: Step[] }
  | { send: 'rejectedUpdate' }
  | { send: 'cancellation' }
);

/** The observations of a program. */
export interface Observation {
  /** The outcome of each step, nested as the steps are. In closed programs it is always the same. */
  values: unknown[];
  /** Everything in the order in which it happened, with the times, ids and random numbers of the run. */
  trace: string[];
}
