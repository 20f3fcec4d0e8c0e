import { Client, Connection } from '@temporalio/client';
import { runWorker } from '@temporalio/lambda-worker';
import { bundleWorkflowCode } from '@temporalio/worker';
import { workflowsPathOf } from '../with-worker.mjs';

export async function run(address) {
  process.env.TEMPORAL_ADDRESS = address;
  const taskQueue = crypto.randomUUID();
  const version = { deploymentName: taskQueue, buildId: 'v1.0' };
  const { code } = await bundleWorkflowCode({ workflowsPath: workflowsPathOf('greeting.js') });
  const hooks = [];
  const handler = runWorker(version, (config) => {
    config.workerOptions.taskQueue = taskQueue;
    config.workerOptions.workflowBundle = { code };
    config.workerOptions.activities = { greeting: async (name) => `Hello, ${name}!` };
    config.shutdownDeadlineBufferMs = 500;
    config.shutdownHooks.push(() => hooks.push('shut down'));
  });
  const invocation = handler(
    {},
    {
      awsRequestId: 'request',
      invokedFunctionArn: 'arn',
      getRemainingTimeInMillis: () => 4000,
    },
  );
  const connection = await Connection.connect({ address });
  const client = new Client({ connection });
  // The version pins this workflow, which needs no version to be current.
  const { deploymentName, buildId } = version;
  const value = await client.workflow.execute('main', {
    taskQueue,
    workflowId: taskQueue,
    args: ['user'],
    versioningOverride: { pinnedTo: { deploymentName, buildId } },
  });
  await invocation;
  await connection.close();
  return { value, hooks };
}
