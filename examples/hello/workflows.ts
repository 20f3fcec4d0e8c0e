import { proxyActivities } from '@temporalio/workflow';
import type * as activities from './activities.ts';

const { greet } = proxyActivities<typeof activities>({ startToCloseTimeout: '1 minute' });

/** Greets somebody, by way of an activity. */
export async function hello(name: string): Promise<string> {
  return await greet(name);
}
