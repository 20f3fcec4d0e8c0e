import { Client } from '@temporalio/client';
import { NativeConnection } from '../../src/connection/index.ts';
import type { WorkerOptions } from '../../src/worker/options/worker-options.ts';
import { WorkerRuntime } from '../../src/worker/worker.ts';
import * as activities from '../fixtures/activities.ts';
import type { TestServer } from './test-server.ts';

/** The objects that a test works with while its worker runs. */
export interface RunningWorker {
  worker: WorkerRuntime;
  client: Client;
  taskQueue: string;
}

/** Options for a worker of the fixtures, on a task queue of its own. */
export function fixtureOptions(): Pick<WorkerOptions, 'taskQueue' | 'workflowsPath' | 'activities'> {
  return {
    taskQueue: `test-${crypto.randomUUID()}`,
    workflowsPath: `${import.meta.dir}/../fixtures/workflows.ts`,
    activities,
  };
}

/** Runs a worker of the fixtures while `fn` does, and gives what `fn` gives. */
export async function withWorker<R>(
  server: TestServer,
  options: Partial<WorkerOptions>,
  fn: (running: RunningWorker) => Promise<R>,
): Promise<R> {
  const connection = await NativeConnection.connect(server.connectionOptions);
  try {
    const worker = await WorkerRuntime.create({ ...fixtureOptions(), ...options, connection });
    const client = new Client({ connection });
    return await worker.runUntil(() => fn({ worker, client, taskQueue: worker.options.taskQueue }));
  } finally {
    await connection.close();
  }
}
