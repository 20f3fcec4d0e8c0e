import { proxyActivities } from '@temporalio/workflow';

const { greeting } = proxyActivities({ startToCloseTimeout: '10s' });

export async function main(name) {
  return greeting(name);
}
