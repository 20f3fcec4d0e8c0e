import type { Logger } from '@temporalio/common';
import type { ActivityThreads } from '../../activity/threads/activity-threads.ts';
import type { NativeWorker } from '../../native/worker.ts';
import type { WorkflowTaskLoop } from '../tasks/workflow-task-loop.ts';
import type { WorkerConnection } from './connection.ts';

/** The threads, memory and connections that a worker holds from its creation on. Nothing in it leads to the worker. */
export interface Holdings {
  nativeWorker: NativeWorker;
  /** Undefined without workflows. */
  workflowTasks: WorkflowTaskLoop | undefined;
  /** Undefined without activities in threads. */
  activityThreads: ActivityThreads | undefined;
  /** Undefined for a replay worker. */
  connection: WorkerConnection | undefined;
  logger: Logger;
}

/** Gives back what workers hold that were collected before they ran. A last resort: owners run or dispose a worker. */
const forgotten = new FinalizationRegistry<Holdings>((holdings) => {
  holdings.logger.warn('A worker was garbage-collected that neither ran nor was disposed: call its dispose()');
  giveBack(holdings).catch((error) => {
    holdings.logger.error('What a worker held could not be given back', { error });
  });
});

/** Gives the holdings back when `worker` is collected, unless it is told before that it {@link isCaredFor}. */
export function giveBackWhenCollected(worker: object, holdings: Holdings): void {
  forgotten.register(worker, holdings, worker);
}

/** Leaves the holdings to `worker`, which runs now or is being disposed. */
export function isCaredFor(worker: object): void {
  forgotten.unregister(worker);
}

/** Ends the threads of a worker that has never run, and closes the connection if the worker opened it. */
export async function giveBack({ nativeWorker, workflowTasks, activityThreads, connection }: Holdings): Promise<void> {
  try {
    activityThreads?.stop();
    await workflowTasks?.stop();
  } finally {
    nativeWorker.free();
    await connection?.close();
  }
}
