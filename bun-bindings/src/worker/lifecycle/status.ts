import type { ActivityTaskLoop } from '../tasks/activity-task-loop.ts';
import type { NexusTaskLoop } from '../tasks/nexus-task-loop.ts';
import type { WorkflowTaskLoop } from '../tasks/workflow-task-loop.ts';
import type { ShutdownPhase } from './shutdown-controller.ts';
import type { State, WorkerPhase, WorkerStatus } from './state.ts';

/** The task loops of a worker, one per kind of task. */
export interface TaskLoops {
  workflowTasks: WorkflowTaskLoop | undefined;
  activityTasks: ActivityTaskLoop | undefined;
  nexusTasks: NexusTaskLoop | undefined;
}

/** Computes a worker's status from its parts. No second copy of the state exists that could contradict them. */
export function statusOf(runState: State, shutdownPhase: ShutdownPhase, loops: TaskLoops): WorkerStatus {
  const { workflowTasks, activityTasks, nexusTasks } = loops;
  const activities = [...(activityTasks?.executions ?? [])];
  const local = activities.filter(({ isLocal }) => isLocal).length;
  const workflowPollerState = workflowTasks?.pollerState ?? 'SHUTDOWN';
  const activityPollerState = activityTasks?.pollerState ?? 'SHUTDOWN';
  const nexusPollerState = nexusTasks?.pollerState ?? 'SHUTDOWN';
  return {
    runState,
    phases: phasesOf(runState, shutdownPhase, loops),
    workflowPollerState,
    activityPollerState,
    nexusPollerState,
    hasOutstandingWorkflowPoll: runState === 'RUNNING' && workflowPollerState === 'POLLING',
    hasOutstandingActivityPoll: runState === 'RUNNING' && activityPollerState === 'POLLING',
    hasOutstandingNexusPoll: runState === 'RUNNING' && nexusPollerState === 'POLLING',
    numInFlightWorkflowActivations: workflowTasks?.numInFlight ?? 0,
    numInFlightActivities: activities.length,
    numInFlightNonLocalActivities: activities.length - local,
    numInFlightLocalActivities: local,
    numInFlightNexusOperations: nexusTasks?.numInFlight ?? 0,
    numCachedWorkflows: workflowTasks?.numCachedRuns ?? 0,
    numHeartbeatingActivities: activities.filter(({ heartbeats }) => heartbeats.used).length,
  };
}

function phasesOf(
  runState: State,
  shutdownPhase: ShutdownPhase,
  { workflowTasks, activityTasks, nexusTasks }: TaskLoops,
): WorkerPhase[] {
  if (runState === 'INITIALIZED') return ['Initializing'];
  if (shutdownPhase === 'shutting-down') return ['ShuttingDown'];
  if (shutdownPhase !== 'running') return ['Finalizing'];
  const phases: WorkerPhase[] = [];
  if (workflowTasks) phases.push(workflowTasks.numInFlight > 0 ? 'ExecutingWorkflow' : 'PollingWorkflow');
  if (activityTasks) phases.push(activityTasks.numInFlight > 0 ? 'ExecutingActivity' : 'PollingActivity');
  if (nexusTasks) phases.push(nexusTasks.numInFlight > 0 ? 'ExecutingNexus' : 'PollingNexus');
  return phases;
}
