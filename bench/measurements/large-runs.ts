// Runs with thousands of signals, timers or children, and thousands of queries, by hand: large-runs.ts [FACTOR [LOAD…]] takes some
// minutes. Ours and upstream's worker on Node, each load in a fresh process, on a server without its limits for one run. FACTOR
// changes the sizes, LOAD picks signals, timers, children or queries. Prints a row for each: CPU and memory of the process, and how
// long the load took.
import { copyWork, ON_NODE, OWN } from '../lib/contestants.ts';
import { inTurns } from '../lib/load.ts';
import { startServer } from '../lib/server.ts';
import { TaskQueue } from '../lib/task-queue.ts';
import { WorkerProcess } from '../lib/worker-process.ts';

/** Settings for what a server refuses or ends by default. */
const UNLIMITED = [
  'history.maximumSignalsPerExecution=1000000',
  'limit.numPendingChildExecutions.error=1000000',
  'limit.historyCount.error=1000000',
];
/** Loads that take longer are broken off: a worker whose tasks fail again and again does not get through. */
const PATIENCE_MS = 120_000;
const [factor = '1', ...names] = Bun.argv.slice(2);

/** Something that is done `count` times in one run, which is `run`. */
interface Load {
  readonly name: string;
  readonly count: number;
  run(queue: TaskQueue, count: number): Promise<unknown>;
}

const LOADS: readonly Load[] = [
  {
    name: 'signals',
    count: 5_000,
    async run(queue, count) {
      const counter = await queue.start('counter', [count]);
      await inTurns(count, 100, () => counter.signal('add', 1));
      return counter.result();
    },
  },
  { name: 'timers', count: 1_250, run: (queue, count) => queue.finish('timers', [count]) },
  { name: 'children', count: 1_250, run: (queue, count) => queue.finish('children', [count]) },
  {
    name: 'queries',
    count: 5_000,
    async run(queue, count) {
      const counter = await queue.start('counter', [1]);
      let answered = 0;
      await inTurns(count, 100, async () => {
        await counter.query('total');
        answered++;
      });
      return answered;
    },
  },
];

await copyWork();
console.log('| load | worker | CPU, s | time, s | memory, MiB |');
console.log('| --- | --- | --- | --- | --- |');
for (const { name, count: whole, run } of LOADS) {
  if (names.length > 0 && !names.includes(name)) continue;
  const count = Math.round(whole * Number(factor));
  for (const contestant of [OWN, ON_NODE]) {
    await using server = await startServer(UNLIMITED);
    await using queue = await TaskQueue.open(server.address);
    await using worker = await WorkerProcess.polling(contestant, queue, { workflows: './large-runs.ts' });
    await run(queue, Math.ceil(count / 100));
    const startedAt = performance.now();
    const brokenOff = Promise.withResolvers<undefined>();
    const patience = setTimeout(brokenOff.resolve, PATIENCE_MS);
    let isThrough = true;
    const cpu = await worker.cpuOf(async () => {
      const running = run(queue, count);
      // One that is broken off fails when its server goes.
      running.catch(() => undefined);
      const done = await Promise.race([running, brokenOff.promise]);
      clearTimeout(patience);
      isThrough = done !== undefined;
      if (isThrough && done !== count) throw new Error(`${contestant.name} gave ${done} instead of ${count} ${name}`);
    });
    const seconds = (performance.now() - startedAt) / 1000;
    const memory = worker.resident() / 2 ** 20;
    const time = isThrough ? seconds.toFixed(1) : `not within ${seconds.toFixed(0)}`;
    const figures = [(cpu / 1000).toFixed(1), time, memory.toFixed(0)];
    console.log(`| ${[`${count} ${name}`, contestant.name, ...figures].join(' | ')} |`);
  }
}
