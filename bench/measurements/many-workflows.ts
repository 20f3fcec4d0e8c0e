import { OWN } from '../lib/contestants.ts';
import type { Figures } from '../lib/figures.ts';
import { inTurns } from '../lib/load.ts';
import { startServer } from '../lib/server.ts';
import { TaskQueue } from '../lib/task-queue.ts';
import { WorkerProcess } from '../lib/worker-process.ts';

/** `count` hello workflows through one worker of ours, in ten parts: CPU and memory should be the same for the first and the last. */
export async function manyWorkflows(count: number): Promise<Figures> {
  await using server = await startServer();
  await using queue = await TaskQueue.open(server.address);
  await using worker = await WorkerProcess.polling(OWN, queue);
  const part = count / 10;
  await inTurns(Math.min(part, 500), 50, () => queue.finish('hello', ['warm']));
  const cpu: number[] = [];
  const resident: number[] = [];
  for (let index = 0; index < 10; index++) {
    cpu.push((await worker.cpuOf(() => inTurns(part, 50, () => queue.finish('hello', ['again'])))) / part);
    resident.push(worker.resident());
  }
  const [first = Number.NaN, last = Number.NaN] = [cpu[0], cpu.at(-1)];
  const [early = Number.NaN, late = Number.NaN] = [resident[1], resident.at(-1)];
  return new Map([
    ['many: CPU of the first tenth', first],
    ['many: CPU of the last tenth', last],
    ['many: CPU of the last tenth to the first', last / first],
    ['many: memory growth a workflow', (late - early) / 1024 / (8 * part)],
  ]);
}
