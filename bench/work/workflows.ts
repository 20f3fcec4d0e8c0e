// The workflows of all contestants. They are run as they stand.
import { condition, defineQuery, defineSignal, defineUpdate, proxyActivities, setHandler } from '@temporalio/workflow';
import { countPrimes } from './primes.ts';

interface Activities {
  greet(name: string): Promise<string>;
  echo(bytes: Uint8Array): Promise<Uint8Array>;
}

const { greet, echo } = proxyActivities<Activities>({ startToCloseTimeout: '1 minute' });

/** Two workflow tasks and an activity. */
export async function hello(name: string): Promise<string> {
  return greet(name);
}

/** Activities one after the other. */
export async function sequence(count: number): Promise<string> {
  let last = '';
  for (let index = 0; index < count; index++) last = await greet(`${index}`);
  return last;
}

/** An activity that takes and gives what the workflow got. */
export async function carry(bytes: Uint8Array): Promise<number> {
  return (await echo(bytes)).length;
}

export const add = defineSignal<[number]>('add');
export const total = defineQuery<number>('total');
export const addAndGet = defineUpdate<number, [number]>('addAndGet');

/** Waits for signals, queries and updates, until the total reaches `goal`. */
export async function counter(goal: number): Promise<number> {
  let sum = 0;
  setHandler(add, (amount) => {
    sum += amount;
  });
  setHandler(total, () => sum);
  setHandler(addAndGet, (amount) => {
    sum += amount;
    return sum;
  });
  await condition(() => sum >= goal);
  return sum;
}

/** Keeps a thread busy: counts primes below `limit`, for each of `rounds` activities. */
export async function crunch(limit: number, rounds: number): Promise<number> {
  let primes = 0;
  for (let round = 0; round < rounds; round++) {
    await greet(`${round}`);
    primes += countPrimes(limit);
  }
  return primes;
}
