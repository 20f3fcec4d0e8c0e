import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';
import { WorkflowStream } from '@temporalio/workflow-streams/workflow';

const { publish } = proxyActivities({ startToCloseTimeout: '10s' });

export async function main() {
  let isSeen = false;
  setHandler(defineSignal('seen'), () => {
    isSeen = true;
  });
  const status = new WorkflowStream().topic('status');
  status.publish({ state: 'started' });
  await publish();
  status.publish({ state: 'done' });
  await condition(() => isSeen);
}
