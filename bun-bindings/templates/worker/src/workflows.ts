import { proxyActivities } from '@temporalio/workflow';
import type * as activities from './activities';

const { greet } = proxyActivities<typeof activities>({ startToCloseTimeout: '1 minute' });

/** A workflow must do the same each time that it is replayed, so all that reaches out of it is an activity. */
export async function hello(name: string): Promise<string> {
  return await greet(name);
}
