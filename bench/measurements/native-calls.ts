import { COUNTING } from '../lib/contestants.ts';
import { inTurns } from '../lib/load.ts';
import { startServer } from '../lib/server.ts';
import { TaskQueue } from '../lib/task-queue.ts';
import { WorkerProcess } from '../lib/worker-process.ts';

/** Calls to the native library for one hello workflow, by name: three workflow activations and an activity task. */
export async function nativeCalls(count: number): Promise<Map<string, number>> {
  await using server = await startServer();
  await using queue = await TaskQueue.open(server.address);
  await using worker = await WorkerProcess.polling(COUNTING, queue, { workflowThreadPoolSize: 1 });
  const calls = async () => {
    worker.ask('calls');
    return (await worker.hear('calls')).calls;
  };
  await inTurns(100, 10, () => queue.finish('hello', ['warm']));
  await calls();
  await inTurns(count, 10, () => queue.finish('hello', ['counted']));
  return new Map(Object.entries(await calls()).map(([name, times]) => [name, times / count]));
}
