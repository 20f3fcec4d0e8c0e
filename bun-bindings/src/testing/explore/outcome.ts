import type { temporal } from '@temporalio/proto';
import type { EmbeddedServerStep } from '../test-workflow-environment.ts';

/** The options that decide over a run. */
export interface Plan {
  readonly seed: number;
  /** The only faults that may happen, as {@link keyOf} names them. Undefined: all. */
  readonly onlyFaults?: readonly string[];
  /** Whether tasks are handed out as they come. */
  readonly keepsOrder?: boolean;
}

/** How a run went. */
export interface Outcome {
  readonly plan: Plan;
  /** Why it failed. Undefined: it did not. */
  readonly failure?: Error;
  /** Whether it failed in replay only. */
  readonly failedInReplay?: boolean;
  readonly schedule: readonly EmbeddedServerStep[];
  readonly histories: readonly RecordedHistory[];
}

/** The history of a workflow run. */
export interface RecordedHistory {
  readonly workflowId: string;
  readonly runId: string;
  readonly history: temporal.api.history.v1.IHistory;
}

/** A fault's name and its place, as `onlyFaults` takes it. */
export function keyOf({ fault, place }: EmbeddedServerStep): string {
  return `${fault}: ${place}`;
}
