/**
 * Preloaded into a worker of ours: counts the calls to the native library, in the main thread and in workflow threads, and tells
 * the counts when "calls" comes on stdin.
 */
import { isMainThread, threadId, workerData } from 'node:worker_threads';
import { plugin } from 'bun';

/** Room for the functions of the library. */
const MAX_FUNCTIONS = 512;

/** Counts by the place of the function among those of the library. All threads add to them: one that waits in the library hears nothing. */
const counts: Int32Array = isMainThread ? new Int32Array(new SharedArrayBuffer(4 * MAX_FUNCTIONS)) : workerData;
let names: string[] = [];

function counted<T extends Record<string, unknown>>(functions: T): T {
  names = Object.keys(functions);
  return Object.fromEntries(
    Object.entries(functions).map(([name, call], place) => [
      name,
      (...args: unknown[]) => {
        Atomics.add(counts, place, 1);
        return (call as (...args: unknown[]) => unknown)(...args);
      },
    ]),
  ) as T;
}
Object.assign(globalThis, { counted, counts });

plugin({
  name: 'count-calls',
  setup(build) {
    const rewrite = (filter: RegExp, known: string, instead: string) =>
      build.onLoad({ filter }, async ({ path }) => {
        const source = await Bun.file(path).text();
        if (!source.includes(known)) throw new Error(`${path} lacks "${known}", which this counter replaces`);
        return { contents: source.replace(known, instead), loader: 'ts' };
      });
    const load = 'dlopen(path, symbols).symbols';
    rewrite(/\/src\/native\/library\.ts$/, load, `counted(${load})`);
    // Threads do not inherit what is preloaded.
    const thread = 'early ?? new Worker(threadEntry())';
    const env = '{ ...process.env, COUNTED_THREAD: threadEntry().pathname }';
    rewrite(
      /\/src\/workflow\/threads\/early-thread\.ts$/,
      thread,
      `new Worker(${JSON.stringify(import.meta.path)}, { env: ${env}, workerData: counts })`,
    );
  },
});

if (isMainThread) {
  process.stdin.on('data', (text) => {
    if (`${text}`.trim() !== 'calls') return;
    const calls = Object.fromEntries(
      names.flatMap((name, place) => {
        const count = Atomics.exchange(counts, place, 0);
        return count > 0 ? [[name, count]] : [];
      }),
    );
    process.stdout.write(`${JSON.stringify({ event: 'calls', calls })}\n`);
  });
} else {
  await import(process.env.COUNTED_THREAD ?? `no thread for ${threadId}`);
}
