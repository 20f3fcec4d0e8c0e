import type { PollerState } from '../tasks/poller-state.ts';

/**
 * The state of a worker.
 *
 * - `INITIALIZED`: created, not running yet
 * - `RUNNING`: polls for tasks and executes them
 * - `STOPPING`: a shutdown was requested
 * - `DRAINING`: no longer polls; running tasks are being completed
 * - `DRAINED`: no task is running any more
 * - `STOPPED`: shut down, `run()` has resolved
 * - `FAILED`: `run()` has rejected
 */
export type State = 'INITIALIZED' | 'RUNNING' | 'STOPPED' | 'STOPPING' | 'DRAINING' | 'DRAINED' | 'FAILED';

/**
 * The phase of a worker, in more detail than {@link State}. A running worker has one phase per kind of task:
 * `Polling…` while it waits for the next task, `Executing…` while tasks run.
 */
export type WorkerPhase =
  | 'Initializing'
  | 'PollingWorkflow'
  | 'PollingActivity'
  | 'PollingNexus'
  | 'ExecutingWorkflow'
  | 'ExecutingActivity'
  | 'ExecutingNexus'
  | 'ShuttingDown'
  | 'Finalizing';

/** A snapshot of a worker. */
export interface WorkerStatus {
  runState: State;
  /** One phase per kind of task while the worker runs, otherwise a single phase. */
  phases: WorkerPhase[];
  workflowPollerState: PollerState;
  activityPollerState: PollerState;
  nexusPollerState: PollerState;
  /** Whether polls for workflow tasks may be open. */
  hasOutstandingWorkflowPoll: boolean;
  /** Whether polls for activity tasks may be open. */
  hasOutstandingActivityPoll: boolean;
  /** Whether polls for Nexus tasks may be open. */
  hasOutstandingNexusPoll: boolean;
  /** Workflow activations in progress. */
  numInFlightWorkflowActivations: number;
  /** Running activities, including local ones. */
  numInFlightActivities: number;
  numInFlightNonLocalActivities: number;
  numInFlightLocalActivities: number;
  /** Requests in progress to start or cancel a Nexus operation. */
  numInFlightNexusOperations: number;
  /** Workflow runs in memory. A run counts from the end of its first activation. */
  numCachedWorkflows: number;
  /** Running activities that have sent a heartbeat. */
  numHeartbeatingActivities: number;
}
