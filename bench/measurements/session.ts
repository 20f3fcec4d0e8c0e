import { type Contestant, forgetBundles, OWN } from '../lib/contestants.ts';
import { type Figures, median } from '../lib/figures.ts';
import { inTurns } from '../lib/load.ts';
import { startServer } from '../lib/server.ts';
import { TaskQueue } from '../lib/task-queue.ts';
import { type Counter, startWaiting } from '../lib/waiting-runs.ts';
import { WorkerProcess } from '../lib/worker-process.ts';

/** How much is done. */
export interface SessionSize {
  warmUp: number;
  hellos: number;
  sequences: number;
  /** Of each kind; a quarter of them signals. 0 leaves these loads out. */
  roundTrips: number;
  payloads: number;
  /** 0 leaves this load out. */
  cached: number;
  /** 0 leaves this time out. */
  idleMs: number;
}

const MEGABYTE = 2 ** 20;

/**
 * One life of a worker process: it starts, takes several loads one after the other, idles, and stops.
 *
 * @param options more for the worker, as `work/worker.mjs` takes them.
 */
export async function session(contestant: Contestant, size: SessionSize, options: object = {}): Promise<Figures> {
  const figures: Figures = new Map();
  await using server = await startServer();
  await using queue = await TaskQueue.open(server.address);
  if (contestant === OWN) await forgetBundles();
  const waiting = await queue.start('hello', ['first']);
  const maxCachedWorkflows = Math.max(1_000, size.cached + 100);
  await using worker = await WorkerProcess.polling(contestant, queue, { maxCachedWorkflows, ...options });
  figures.set('start to polling', performance.now() - worker.startedAt);
  await waiting.result();
  figures.set('start to first workflow', performance.now() - worker.startedAt);

  await inTurns(size.warmUp, 50, () => queue.finish('hello', ['warm']));
  const before = worker.threads();
  const hello = await worker.cpuOf(() => inTurns(size.hellos, 50, (index) => queue.finish('hello', [`${index}`])));
  figures.set('hello CPU', hello / size.hellos);
  for (const [name, ms] of Object.entries(worker.threads())) {
    figures.set(`thread ${name}`, (ms - (before[name] ?? 0)) / size.hellos);
  }
  figures.set('memory after hello', worker.resident() / MEGABYTE);

  await inTurns(30, 30, () => queue.finish('sequence', [5]));
  const sequence = await worker.cpuOf(() => inTurns(size.sequences, 30, () => queue.finish('sequence', [5])));
  figures.set('five activities CPU', sequence / size.sequences);

  if (size.roundTrips > 0) {
    await roundTrips((await queue.start('counter', [1e9])) as Counter, size.roundTrips, worker, figures);
  }

  if (size.cached > 0) {
    const empty = worker.resident();
    await startWaiting(queue, size.cached);
    figures.set('memory with cached workflows', worker.resident() / MEGABYTE);
    figures.set('memory of a cached workflow', (worker.resident() - empty) / 1024 / size.cached);
  }

  const bytes = crypto.getRandomValues(new Uint8Array(MEGABYTE / 16));
  const megabyte = Buffer.concat(Array.from({ length: 16 }, () => bytes));
  await inTurns(20, 20, () => queue.finish('carry', [megabyte]));
  const startedAt = performance.now();
  const payload = await worker.cpuOf(() => inTurns(size.payloads, 20, () => queue.finish('carry', [megabyte])));
  figures.set('1 MB payload rate', (2 * size.payloads) / ((performance.now() - startedAt) / 1000));
  figures.set('1 MB payload CPU', payload / (2 * size.payloads));

  if (size.idleMs > 0) {
    // What the loads left behind is cleared up first: compiled code, freed memory.
    await Bun.sleep(2 * size.idleMs);
    const idle = await worker.cpuOf(() => Bun.sleep(size.idleMs));
    figures.set('idle CPU', (100 * idle) / size.idleMs);
  }
  return figures;
}

/** Signals, queries and updates one at a time, each until its outcome is known to the client. */
async function roundTrips(handle: Counter, count: number, worker: WorkerProcess, figures: Figures): Promise<void> {
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
    // The server takes its time with signals.
    const times = kind === 'signal' ? count / 4 : count;
    for (let warm = 0; warm < times / 4; warm++) await once();
    const took: number[] = [];
    const cpu = await worker.cpuOf(async () => {
      for (let index = 0; index < times; index++) {
        const before = performance.now();
        await once();
        took.push(performance.now() - before);
      }
    });
    figures.set(`${kind} CPU`, cpu / times);
    figures.set(`${kind} latency`, median(took));
  }
  await handle.terminate();
}
