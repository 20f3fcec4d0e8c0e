import { WorkflowStreamClient } from '@temporalio/workflow-streams/client';
import { runMain } from '../with-worker.mjs';

async function publish() {
  const client = WorkflowStreamClient.fromWithinActivity({ batchInterval: 10 });
  client.topic('status').publish({ state: 'in activity' });
  await client[Symbol.asyncDispose]();
}

export function run(address) {
  return runMain(address, 'workflow-streams.js', { activities: { publish } }, async (handle, client) => {
    const seen = [];
    const topic = WorkflowStreamClient.create(client, handle.workflowId).topic('status');
    for await (const { offset, data } of topic.subscribe(0)) {
      seen.push([offset, data.state]);
      if (data.state === 'done') break;
    }
    await handle.signal('seen');
    await handle.result();
    return seen;
  });
}
