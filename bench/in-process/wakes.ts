// What the machine takes to wake a thread, for comparison with a native completion: two threads wake each other by turns,
// with nothing in between. Prints one line of JSON; times in µs, one way.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { median } from '../lib/figures.ts';

const ROUNDS = 50_000;
/** Whose turn it is: an even number is the main thread's. */
const turn = new Int32Array(isMainThread ? new SharedArrayBuffer(4) : (workerData as SharedArrayBuffer));

/** Hands over to the other thread and waits for the next turn. */
function pass(mine: number): void {
  Atomics.store(turn, 0, mine + 1);
  Atomics.notify(turn, 0);
  Atomics.wait(turn, 0, mine + 1);
}

if (isMainThread) {
  const worker = new Worker(import.meta.path, { workerData: turn.buffer });
  await new Promise((resolve) => worker.once('message', resolve));
  const took: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = performance.now();
    pass(2 * round);
    took.push(((performance.now() - before) * 1_000) / 2);
  }
  console.log(JSON.stringify({ 'bare wake, median': median(took) }));
  process.exit();
} else {
  parentPort?.postMessage('ready');
  Atomics.wait(turn, 0, 0);
  for (let round = 0; round < ROUNDS; round++) pass(2 * round + 1);
}
