// Cached runs of a workflow that waits, by hand: cached-runs.ts COUNT… takes some minutes. Ours and upstream's worker on Node, each
// count in a fresh process. Prints a row for each: memory of the process, CPU of starting a run, and CPU of a query.
import { copyWork, ON_NODE, OWN } from '../lib/contestants.ts';
import { inTurns } from '../lib/load.ts';
import { startServer } from '../lib/server.ts';
import { TaskQueue } from '../lib/task-queue.ts';
import { startWaiting } from '../lib/waiting-runs.ts';
import { WorkerProcess } from '../lib/worker-process.ts';

const QUERIES = 200;

await copyWork();
console.log('| worker | cached runs | memory, MiB | CPU of starting one, ms | CPU of a query, ms |');
console.log('| --- | --- | --- | --- | --- |');
for (const count of Bun.argv.slice(2).map(Number)) {
  for (const contestant of [OWN, ON_NODE]) {
    await using server = await startServer();
    await using queue = await TaskQueue.open(server.address);
    await using worker = await WorkerProcess.polling(contestant, queue, { maxCachedWorkflows: count + 100 });
    await inTurns(300, 50, () => queue.finish('hello', ['warm']));
    const started = await worker.cpuOf(() => startWaiting(queue, count));
    const memory = worker.resident() / 2 ** 20;
    const run = await queue.start('counter', [1]);
    const queries = await worker.cpuOf(() => inTurns(QUERIES, 1, () => run.query('total')));
    const figures = [memory.toFixed(0), (started / count).toFixed(1), (queries / QUERIES).toFixed(1)];
    console.log(`| ${[contestant.name, count, ...figures].join(' | ')} |`);
  }
}
