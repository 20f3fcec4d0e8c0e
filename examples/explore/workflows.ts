// Workflows that pass an ordinary test, each with a mistake that some order of events or some fault brings to light, and
// one without.
import {
  ActivityFailure,
  CancellationScope,
  condition,
  defineUpdate,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { createActivities } from './activities.ts';

type Activities = ReturnType<typeof createActivities>;

const { reserve, release, hold, letGo, loadItems } = proxyActivities<Activities>({ startToCloseTimeout: '1 minute' });
// An order must not be charged twice.
const { charge } = proxyActivities<Activities>({ startToCloseTimeout: '1 minute', retry: { maximumAttempts: 1 } });

/** Mistake: if the charge is lost, the reservation stays. */
export async function orderThatForgets(order: string): Promise<string> {
  await reserve(order);
  await charge(order);
  await release(order);
  return 'shipped';
}

/** The same without the mistake. */
export async function order(order: string): Promise<string> {
  await reserve(order);
  try {
    await charge(order);
    return 'shipped';
  } catch (error) {
    if (error instanceof ActivityFailure) return 'not charged';
    throw error;
  } finally {
    await CancellationScope.nonCancellable(() => release(order));
  }
}

export const addItem = defineUpdate<number, [item: string]>('addItem');

/** Mistake: an update may come before the items are there. */
export async function cart(): Promise<string[]> {
  let items: string[] | undefined;
  setHandler(addItem, (item) => (items as string[]).push(item));
  items = await loadItems();
  await condition(() => items?.length === 2);
  return items;
}

/** Mistake: the loser of the race may have taken its seat as well. */
export async function seat(): Promise<string> {
  const taken = await Promise.race([hold('window'), hold('aisle')]);
  await letGo(taken);
  return taken;
}

/** Mistake: goes by the real clock, so that a replay does something else. */
export async function coin(): Promise<void> {
  if (workflowInfo().unsafe.now() % 2 === 0) await loadItems();
  else await reserve('heads');
}
