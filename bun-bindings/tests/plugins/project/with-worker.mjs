import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';

/** Returns the path of a module in `workflows`. */
export function workflowsPathOf(name) {
  return fileURLToPath(new URL(`workflows/${name}`, import.meta.url));
}

/**
 * Runs the workflow `main` of a module with a worker that keeps no workflow, so that each of its tasks replays it.
 *
 * @param options options of the worker, `args` of the workflow, and `clientInterceptors`. Plugins and the
 *   data converter are the client's too.
 * @param use gets the handle of the workflow and the client, and returns the value; the workflow's result by default.
 */
export async function runMain(
  address,
  workflows,
  { args = [], clientInterceptors, ...options },
  use = (handle) => handle.result(),
) {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const taskQueue = crypto.randomUUID();
  const native = await NativeConnection.connect({ address });
  const connection = await Connection.connect({ address });
  const { plugins, dataConverter } = options;
  const client = new Client({ connection, plugins, dataConverter, interceptors: clientInterceptors });
  const worker = await Worker.create({
    connection: native,
    taskQueue,
    workflowsPath: workflowsPathOf(workflows),
    maxCachedWorkflows: 0,
    ...options,
  });
  const value = await worker.runUntil(async () => {
    const start = { taskQueue, args, workflowId: taskQueue, workflowExecutionTimeout: '30s' };
    return use(await client.workflow.start('main', start), client);
  });
  await connection.close();
  await native.close();
  return value;
}
