/**
 * Preloaded into a worker of ours: counts the calls to the native library, in the main thread and in workflow threads, and tells
 * the counts when "calls" comes on stdin.
 */
import { isMainThread, threadId } from 'node:worker_threads';
import { plugin } from 'bun';

/** Each thread adds to its own counts; they are read by the main thread over a channel. */
const channel = new BroadcastChannel('calls');
channel.unref();
let counts: Record<string, number> = {};

function counted<T extends Record<string, unknown>>(functions: T): T {
  return Object.fromEntries(
    Object.entries(functions).map(([name, call]) => [
      name,
      (...args: unknown[]) => {
        counts[name] = (counts[name] ?? 0) + 1;
        return (call as (...args: unknown[]) => unknown)(...args);
      },
    ]),
  ) as T;
}
Object.assign(globalThis, { counted });

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
      `new Worker(${JSON.stringify(import.meta.path)}, { env: ${env} })`,
    );
  },
});

if (isMainThread) {
  process.stdin.on('data', (text) => {
    if (`${text}`.trim() === 'calls') channel.postMessage('tell');
  });
  // The answer of the one workflow thread.
  channel.onmessage = ({ data }) => {
    const calls = { ...counts };
    for (const [name, times] of Object.entries(data as Record<string, number>))
      calls[name] = (calls[name] ?? 0) + times;
    counts = {};
    process.stdout.write(`${JSON.stringify({ event: 'calls', calls })}\n`);
  };
} else {
  channel.onmessage = () => {
    channel.postMessage(counts);
    counts = {};
  };
  await import(process.env.COUNTED_THREAD ?? `no thread for ${threadId}`);
}
