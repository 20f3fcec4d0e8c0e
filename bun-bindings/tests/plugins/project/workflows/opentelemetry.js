import { proxyActivities, sleep } from '@temporalio/workflow';

const { greet } = proxyActivities({ startToCloseTimeout: '10s' });

export async function main(name) {
  const greeting = await greet(name);
  await sleep(1);
  return greeting;
}
