import type { Client, WorkflowHandle } from '@temporalio/client';
import type { WorkerOptions } from '../../src/worker/options/worker-options.ts';
import type { TestServer } from '../support/test-server.ts';
import { type RunningWorker, withWorker } from '../support/test-worker.ts';

/** The objects that a group of tests works with. */
export interface Subject {
  server: TestServer;
  /** The options of {@link worker}. */
  options: Partial<WorkerOptions>;
  /** A worker that runs during all tests of the group. */
  worker: RunningWorker;
}

/** Runs a worker only when `before` has been done: what that sends is in the first task of the workflow that it starts. */
export async function beforeTheWorker<H extends WorkflowHandle, R>(
  { server, options, worker }: Subject,
  before: (client: Client, start: { taskQueue: string; workflowId: string }) => Promise<H>,
  then: (handle: H) => Promise<R>,
): Promise<R> {
  const start = { taskQueue: `late-${crypto.randomUUID()}`, workflowId: crypto.randomUUID() };
  const handle = await before(worker.client, start);
  return withWorker(server, { ...options, taskQueue: start.taskQueue }, () => then(handle));
}
