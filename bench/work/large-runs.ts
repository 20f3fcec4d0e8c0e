// Workflows with thousands of something at a time.
import { executeChild, sleep } from '@temporalio/workflow';

export { counter } from './workflows.ts';

/** Waits for so many timers at a time, of 1 ms, 2 ms and so on. */
export async function timers(count: number): Promise<number> {
  const fired = await Promise.all(Array.from({ length: count }, (_, index) => sleep(1 + index).then(() => 1)));
  return fired.length;
}

/** Runs so many children at a time. */
export async function children(count: number): Promise<number> {
  const ended = await Promise.all(Array.from({ length: count }, () => executeChild(child)));
  return ended.length;
}

export async function child(): Promise<void> {}
