// How much more two threads get done than one on this machine, with nothing but counting primes: what the throughput of busy
// workflows over two threads can come to at most. Prints one line of JSON.
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { countPrimes } from '../work/primes.ts';

const TIMES = 30;

async function timed(threads: number): Promise<number> {
  const before = performance.now();
  const done = Array.from({ length: threads }, async () => {
    const worker = new Worker(import.meta.path);
    await new Promise((resolve) => worker.once('message', resolve));
  });
  await Promise.all(done);
  return performance.now() - before;
}

if (isMainThread) {
  await timed(1);
  const [one, two] = [await timed(1), await timed(2)];
  console.log(JSON.stringify({ 'plain code on 2 threads to 1': (2 * one) / two }));
  process.exit();
} else {
  let primes = 0;
  for (let time = 0; time < TIMES; time++) primes += countPrimes(400_000);
  parentPort?.postMessage(primes);
}
