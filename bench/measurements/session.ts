import { Client, type WorkflowHandle } from '@temporalio/client';
import { NativeConnection } from 'temporal-bun-sdk';
import { type Contestant, forgetBundles, OWN } from '../lib/contestants.ts';
import { type Figures, median } from '../lib/figures.ts';
import { inTurns } from '../lib/load.ts';
import { WorkerProcess } from '../lib/worker-process.ts';
import type * as workflows from '../work/workflows.ts';

/** How much is done. */
export interface SessionSize {
  warmUp: number;
  hellos: number;
  sequences: number;
  roundTrips: number;
  payloads: number;
  cached: number;
  idleMs: number;
}

export const QUICK: SessionSize = {
  warmUp: 300,
  hellos: 500,
  sequences: 120,
  roundTrips: 200,
  payloads: 60,
  cached: 500,
  idleMs: 3_000,
};

export const FULL: SessionSize = {
  warmUp: 500,
  hellos: 2_000,
  sequences: 500,
  roundTrips: 500,
  payloads: 200,
  cached: 5_000,
  idleMs: 30_000,
};

const MEGABYTE = 2 ** 20;

/** One life of a worker process: it starts, takes several loads one after the other, idles, and stops. */
export async function session(contestant: Contestant, address: string, size: SessionSize): Promise<Figures> {
  const figures: Figures = new Map();
  const connection = await NativeConnection.connect({ address });
  try {
    const { workflow } = new Client({ connection });
    const taskQueue = crypto.randomUUID();
    const start = <A extends unknown[], R>(type: string, args: A) =>
      workflow.start<(...args: A) => Promise<R>>(type, { taskQueue, workflowId: crypto.randomUUID(), args });
    const finish = async (type: string, args: unknown[]) => (await start(type, args)).result();

    if (contestant === OWN) await forgetBundles();
    const waiting = await start('hello', ['first']);
    await using worker = new WorkerProcess(contestant, 'work', {
      address,
      taskQueue,
      maxCachedWorkflows: Math.max(1_000, size.cached + 100),
    });
    await worker.hear('polling');
    figures.set('start to polling', performance.now() - worker.startedAt);
    await waiting.result();
    figures.set('start to first workflow', performance.now() - worker.startedAt);

    /** CPU time of the worker while `load` runs, in ms. */
    const cpuOf = async (load: () => Promise<unknown>): Promise<number> => {
      const before = worker.cpu();
      await load();
      return worker.cpu() - before;
    };

    await inTurns(size.warmUp, 50, () => finish('hello', ['warm']));
    const before = worker.threads();
    const hello = await cpuOf(() => inTurns(size.hellos, 50, (index) => finish('hello', [`${index}`])));
    figures.set('hello CPU', hello / size.hellos);
    for (const [name, ms] of Object.entries(worker.threads())) {
      figures.set(`thread ${name}`, (ms - (before[name] ?? 0)) / size.hellos);
    }
    figures.set('memory after hello', worker.resident() / MEGABYTE);

    await inTurns(30, 30, () => finish('sequence', [5]));
    const sequence = await cpuOf(() => inTurns(size.sequences, 30, () => finish('sequence', [5])));
    figures.set('five activities CPU', sequence / size.sequences);

    await roundTrips((await start('counter', [1e9])) as Counter, size.roundTrips, cpuOf, figures);

    const bytes = crypto.getRandomValues(new Uint8Array(MEGABYTE / 16));
    const megabyte = Buffer.concat(Array.from({ length: 16 }, () => bytes));
    await inTurns(20, 20, () => finish('carry', [megabyte]));
    const startedAt = performance.now();
    const payload = await cpuOf(() => inTurns(size.payloads, 20, () => finish('carry', [megabyte])));
    figures.set('1 MB payload rate', (2 * size.payloads) / ((performance.now() - startedAt) / 1000));
    figures.set('1 MB payload CPU', payload / (2 * size.payloads));

    const empty = worker.resident();
    const handles: WorkflowHandle[] = [];
    await inTurns(size.cached, 50, async (index) => {
      const handle = (await start('counter', [1])) as unknown as Counter;
      handles[index] = handle;
      await handle.query<number>('total');
    });
    figures.set('memory with cached workflows', worker.resident() / MEGABYTE);
    figures.set('memory of a cached workflow', (worker.resident() - empty) / 1024 / size.cached);

    const idle = await cpuOf(() => Bun.sleep(size.idleMs));
    figures.set('idle CPU', (100 * idle) / size.idleMs);
    await inTurns(handles.length, 50, (index) => handles[index]?.terminate() ?? Promise.resolve());
  } finally {
    await connection.close();
  }
  return figures;
}

type Counter = WorkflowHandle<typeof workflows.counter>;

/** Signals, queries and updates one at a time, each until its outcome is known to the client. */
async function roundTrips(
  handle: Counter,
  count: number,
  cpuOf: (load: () => Promise<unknown>) => Promise<number>,
  figures: Figures,
): Promise<void> {
  const kinds = {
    query: () => handle.query<number>('total'),
    update: () => handle.executeUpdate<number, [number]>('addAndGet', { args: [1] }),
    // The outcome of a signal is seen by a query.
    signal: async () => {
      await handle.signal<[number]>('add', 1);
      await handle.query<number>('total');
    },
  };
  for (const [kind, once] of Object.entries(kinds)) {
    for (let warm = 0; warm < 30; warm++) await once();
    const took: number[] = [];
    const cpu = await cpuOf(async () => {
      for (let index = 0; index < count; index++) {
        const before = performance.now();
        await once();
        took.push(performance.now() - before);
      }
    });
    figures.set(`${kind} CPU`, cpu / count);
    figures.set(`${kind} latency`, median(took));
  }
  await handle.terminate();
}
