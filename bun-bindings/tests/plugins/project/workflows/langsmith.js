import { proxyActivities } from '@temporalio/workflow';
import { traceable } from 'langsmith/traceable';

const { answer } = proxyActivities({ startToCloseTimeout: '10s' });

export async function main(prompt) {
  const ask = traceable(async (text) => answer(text), { name: 'ask in workflow' });
  return ask(prompt);
}
