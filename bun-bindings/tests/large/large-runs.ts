import type { Client } from '@temporalio/client';
import { TestWorkflowEnvironment } from '../../src/testing/index.ts';
import { WorkerRuntime } from '../../src/worker/worker.ts';
import { count } from './fixtures/workflows.ts';

/** A kind of large run. */
export type Kind = 'manySignals' | 'manyTimers' | 'manyChildren' | 'longHistory';

/** Figures of one run, and of a replay of its history. */
export interface Figures {
  readonly kind: Kind;
  readonly size: number;
  /** Number that the workflow counted: its size, if nothing was lost. */
  readonly counted: number;
  readonly events: number;
  /** CPU time of the process, the server inside of it included, in ms. */
  readonly cpuMs: number;
  /** CPU time of a replay, in ms. */
  readonly replayCpuMs: number;
  /** Memory of the process afterwards, in MiB. */
  readonly rssMiB: number;
}

const workflowsPath = `${import.meta.dir}/fixtures/workflows.ts`;

/** Runs a large workflow of each size on a server inside of the process, and replays its history. */
export async function measureLargeRuns(kind: Kind, sizes: readonly number[]): Promise<Figures[]> {
  const environment = await TestWorkflowEnvironment.createEmbedded();
  try {
    const taskQueue = 'large';
    const worker = await WorkerRuntime.create({
      connection: environment.nativeConnection,
      taskQueue,
      workflowsPath,
    });
    return await worker.runUntil(async () => {
      const figures: Figures[] = [];
      for (const size of sizes) figures.push(await measure(environment.client, taskQueue, kind, size));
      return figures;
    });
  } finally {
    await environment.teardown();
  }
}

async function measure(client: Client, taskQueue: string, kind: Kind, size: number): Promise<Figures> {
  const workflowId = `${kind}-${size}`;
  const options = { taskQueue, workflowId, args: [size] as [number], workflowTaskTimeout: '2 minutes' } as const;
  let counted = 0;
  const cpuMs = await cpuOf(async () => {
    const handle = await client.workflow.start<(size: number) => Promise<number>>(kind, options);
    if (kind === 'manySignals') {
      for (let sent = 0; sent < size; sent += SIGNALS_TOGETHER) {
        const together = Math.min(SIGNALS_TOGETHER, size - sent);
        await Promise.all(Array.from({ length: together }, () => handle.signal(count)));
      }
    }
    counted = await handle.result();
  });
  const history = await client.workflow.getHandle(workflowId).fetchHistory();
  const replay = () => WorkerRuntime.runReplayHistory({ workflowsPath }, history, workflowId);
  const replayCpuMs = await cpuOf(replay);
  const rssMiB = Math.round(process.memoryUsage.rss() / 1024 ** 2);
  return { kind, size, counted, events: history.events?.length ?? 0, cpuMs, replayCpuMs, rssMiB };
}

const SIGNALS_TOGETHER = 100;

async function cpuOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return Math.round((user + system) / 1000);
}
