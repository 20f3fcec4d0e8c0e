// A workflow of the size that real ones have: it imports four popular packages at its top.
import { condition, defineQuery, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';
import { addDays, differenceInCalendarDays, formatISO } from 'date-fns';
import { Effect } from 'effect';
import _ from 'lodash';
import { z } from 'zod';

const { greet } = proxyActivities<{ greet(name: string): Promise<string> }>({ startToCloseTimeout: '1 minute' });

const Order = z.object({
  customer: z.string().min(1),
  items: z.array(z.object({ price: z.number(), count: z.int() })),
});

export const proceed = defineSignal('proceed');
export const isWaiting = defineQuery<boolean>('isWaiting');

function total(order: z.infer<typeof Order>): Effect.Effect<number> {
  return Effect.succeed(_.sumBy(order.items, ({ price, count }) => price * count));
}

/** Checks an order, asks an activity, and computes; if it is told to, it waits for a signal first. */
export async function order(input: unknown, waits: boolean): Promise<string> {
  let waiting = waits;
  setHandler(proceed, () => {
    waiting = false;
  });
  setHandler(isWaiting, () => waiting);
  const checked = Order.parse(input);
  await condition(() => !waiting);
  const greeting = await greet(checked.customer);
  const due = addDays(new Date(), 14);
  const days = differenceInCalendarDays(due, new Date());
  return `${greeting} ${Effect.runSync(total(checked))} in ${days} days, by ${formatISO(due)}`;
}
