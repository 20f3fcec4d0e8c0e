import type { FailureConverter, PayloadConverter } from '@temporalio/common';
import type { CancellationScope, WorkflowInfo } from '@temporalio/workflow';
import type { Activator } from '@temporalio/workflow/lib/internals';
import type { CallSite } from './call-site.ts';
import type { CommandPlaces } from './command-places.ts';
import { forgetLastMatch } from './primordials.ts';
import type { Recorder } from './recorder.ts';
import type { Changes, SharedState } from './shared-state/shared-state.ts';
import type { Waits } from './waits.ts';

/** Makes the `stack` of an error from its frames. */
export type StackFormatter = (error: unknown, sites: CallSite[]) => unknown;

/** The state of one workflow run. The other runs of the realm have their own. */
export interface RunState {
  activator: Activator | undefined;
  /** The run's changes to what all runs share, put in place for each of its turns. */
  changes: Changes | undefined;
  /** Whether code of the run may have got hold of a symbol, by which it can name properties. */
  mayHaveSymbols: boolean;
  /** Where the run waits, for stack-trace queries. */
  waits: Waits;
  /** Where the run's commands come from. Undefined unless the worker only replays. */
  commandPlaces: CommandPlaces | undefined;
  /** Scopes of `setTimeout` calls that may still fire, by the handle that `setTimeout` gave. */
  timeouts: Map<number, CancellationScope>;
  /** The behaviour that the run's history was recorded with, and that it must keep. */
  recorder: Recorder;
  /** The extended globals that the run has used so far, by name. */
  made: Map<string, unknown> | undefined;
  /** The value that workflow code has assigned to `Error.prepareStackTrace`. */
  stackFormatter: StackFormatter | undefined;
  /** Built-in modules that the run has evaluated, by name. */
  builtinModules: Map<string, { exports: unknown }> | undefined;
  /** Set while the library sets the activator up. */
  start: RunStart | undefined;
}

/** The values that only the start of a run needs. */
export interface RunStart {
  /** The exports of the user's code, evaluated for this run. */
  userCode: UserCode;
  info: WorkflowInfo;
}

/** The exports of the entry module of a user bundle. */
export interface UserCode {
  payloadConverter(): { payloadConverter?: PayloadConverter };
  failureConverter(): { failureConverter?: FailureConverter };
  importInterceptors(): { interceptors?: unknown }[];
  importWorkflows(): Record<string, unknown>;
}

let running: RunState | undefined;
let sharedState: SharedState | undefined;

/** Keeps runs apart from now on by what they have changed in `state`. Without it the realm is for one run. */
export function keepRunsApart(state: SharedState): void {
  sharedState = state;
}

/** Makes `run` the one that every global looks up, with its changes to what runs share. It stays so until {@link endTurn}. */
export function beginTurn(run: RunState): void {
  running = run;
  forgetLastMatch();
  if (run.changes !== undefined) sharedState?.resume(run.changes);
}

/**
 * Takes back what the run has changed.
 *
 * @returns the name of an object that could not be made what it was, so that the realm must be given up.
 */
export function endTurn(): string | undefined {
  const run = running;
  running = undefined;
  if (sharedState === undefined) return undefined;
  const { changes, spoiled } = sharedState.suspend(run?.changes, run?.mayHaveSymbols !== false);
  if (run !== undefined) run.changes = changes;
  return spoiled;
}

/** Makes `run` the current one as if it had changed nothing, for what must not meet its changes. */
export function beginCleanTurn(run: RunState): void {
  running = run;
}

/** Ends a turn of {@link beginCleanTurn}. What was changed in it is gone; see {@link endTurn}. */
export function endCleanTurn(): string | undefined {
  running = undefined;
  return sharedState?.suspend(undefined, true).spoiled;
}

/** Remembers that the running code may get hold of a symbol. */
export function noticeSymbols(): void {
  if (running !== undefined) running.mayHaveSymbols = true;
}

export function currentRun(): RunState | undefined {
  return running;
}

export function requireRun(): RunState {
  if (running === undefined) throw new Error('Workflow uninitialized');
  return running;
}

export function requireStart(): RunStart {
  const { start } = requireRun();
  if (start === undefined) throw new Error('Workflow initialized already');
  return start;
}

export function currentActivator(): Activator | undefined {
  return running?.activator;
}
