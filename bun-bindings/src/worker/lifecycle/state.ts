import type { PollerState } from '../tasks/poller-state.ts';

/**
 * What a worker does.
 *
 * - `INITIALIZED`: created, not running yet
 * - `RUNNING`: takes tasks
 * - `STOPPING`: a shutdown was asked for
 * - `DRAINING`: no new polls; what was taken is brought to its end
 * - `DRAINED`: nothing is under way any more
 * - `STOPPED`: shut down, `run()` has resolved
 * - `FAILED`: `run()` has rejected
 */
export type State = 'INITIALIZED' | 'RUNNING' | 'STOPPED' | 'STOPPING' | 'DRAINING' | 'DRAINED' | 'FAILED';

/**
 * Where a worker stands, in more detail than {@link State}. A running worker has a phase for each kind of task that it
 * takes: `Polling…` when it waits for the next one, `Executing…` when it has some.
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

/** A worker at one moment. */
export interface WorkerStatus {
  runState: State;
  /** One phase, or, while the worker runs, one for each kind of task that it takes. */
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
  /** Workflow activations that are being handled now. */
  numInFlightWorkflowActivations: number;
  /** Activities that run now, local ones included. */
  numInFlightActivities: number;
  numInFlightNonLocalActivities: number;
  numInFlightLocalActivities: number;
  /** Requests to start or cancel a Nexus operation that are being handled now. */
  numInFlightNexusOperations: number;
  /** Workflow runs in memory, from the end of their first activation on. */
  numCachedWorkflows: number;
  /** Running activities that have sent a heartbeat. */
  numHeartbeatingActivities: number;
}
