import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Contestant } from '../lib/contestants.ts';
import { type Figures, median } from '../lib/figures.ts';
import { startServer } from '../lib/server.ts';
import { TaskQueue } from '../lib/task-queue.ts';
import { WorkerProcess } from '../lib/worker-process.ts';

const folder = join(import.meta.dir, '..');
/** The library as it is published, if scripts/build-release was run. Otherwise that of the checkout is taken in. */
const published = join(folder, '../target/native/linux-x64-gnu/libtemporal_bun_bridge.so');

/** Compiles a worker into one file with `temporal-bun compile`: the size of that, and how long it takes to start. */
export async function executable(starts: number): Promise<Figures> {
  const output = await mkdtemp(join(tmpdir(), 'temporal-bench-'));
  try {
    const worker = join(output, 'worker');
    await compile(worker);
    const times = await startTimes({ name: 'executable', command: [worker] }, starts);
    return new Map([
      ['executable, size', (await stat(worker)).size / 1e6],
      ['executable, CPU until it polls', median(times.map(({ cpu }) => cpu))],
      ['executable, start to polling', median(times.map(({ polling }) => polling))],
      ['executable, start to polling, fastest', Math.min(...times.map(({ polling }) => polling))],
      ['executable, start to first workflow', median(times.map(({ first }) => first))],
    ]);
  } finally {
    await rm(output, { recursive: true });
  }
}

async function compile(output: string): Promise<void> {
  const command = [
    process.execPath,
    join(folder, 'node_modules/.bin/temporal-bun'),
    'compile',
    'workers/executable.ts',
  ];
  const library = existsSync(published) ? { TEMPORAL_BUN_SDK_NATIVE_PATH: published } : {};
  const { exitCode, stderr } = Bun.spawnSync([...command, '-o', output], {
    cwd: folder,
    env: { ...process.env, ...library },
  });
  if (exitCode !== 0) throw new Error(stderr.toString());
}

/** Starts a worker several times, each for a workflow that waits. Times are in ms from the start of the process. */
async function startTimes(contestant: Contestant, starts: number) {
  await using server = await startServer();
  const times: { polling: number; first: number; cpu: number }[] = [];
  for (let start = 0; start < starts; start++) {
    await using queue = await TaskQueue.open(server.address);
    const waiting = await queue.start('hello', ['first']);
    await using worker = await WorkerProcess.polling(contestant, queue);
    const polling = performance.now() - worker.startedAt;
    const cpu = worker.cpu();
    await waiting.result();
    times.push({ polling, first: performance.now() - worker.startedAt, cpu });
  }
  return times;
}
