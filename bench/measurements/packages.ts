import type { WorkflowHandle } from '@temporalio/client';
import { type Contestant, forgetBundles, OWN } from '../lib/contestants.ts';
import type { Figures } from '../lib/figures.ts';
import { inTurns } from '../lib/load.ts';
import { startServer } from '../lib/server.ts';
import { TaskQueue } from '../lib/task-queue.ts';
import { WorkerProcess } from '../lib/worker-process.ts';

const INPUT = { customer: 'you', items: [1, 2, 3].map((price) => ({ price, count: 2 })) };

export interface PackagesSize {
  orders: number;
  cachedOrders: number;
}

/** A workflow that imports lodash, zod, date-fns and effect: the CPU of a run, and the memory of one that is cached. */
export async function packages(contestant: Contestant, { orders, cachedOrders }: PackagesSize): Promise<Figures> {
  const figures: Figures = new Map();
  await using server = await startServer();
  await using queue = await TaskQueue.open(server.address);
  if (contestant === OWN) await forgetBundles();
  const options = { workflows: './packages.ts', maxCachedWorkflows: cachedOrders + 100 };
  await using worker = await WorkerProcess.polling(contestant, queue, options);
  const finish = () => queue.finish('order', [INPUT, false]);
  await inTurns(orders / 2, 20, finish);
  figures.set('four packages CPU', (await worker.cpuOf(() => inTurns(orders, 20, finish))) / orders);

  const empty = worker.resident();
  const handles: WorkflowHandle[] = [];
  await inTurns(cachedOrders, 20, async () => {
    const handle = await queue.start('order', [INPUT, true]);
    handles.push(handle);
    await handle.query('isWaiting');
  });
  figures.set('four packages, memory of a cached workflow', (worker.resident() - empty) / 1024 / cachedOrders);
  return figures;
}
