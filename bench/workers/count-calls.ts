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
    build.onLoad({ filter: /\/src\/native\/library\.ts$/ }, async ({ path }) => {
      const source = await Bun.file(path).text();
      const contents = source.replace('dlopen(path, symbols).symbols', 'counted(dlopen(path, symbols).symbols)');
      if (contents === source) throw new Error('the library is loaded in another way than this counter knows');
      return { contents, loader: 'ts' };
    });
    // Threads do not inherit what is preloaded.
    build.onLoad({ filter: /\/src\/workflow\/workflow-thread\.ts$/ }, async ({ path }) => {
      const source = await Bun.file(path).text();
      const contents = source.replace(
        "new URL('./thread/main.ts', import.meta.url)",
        `${JSON.stringify(import.meta.path)}, { env: { ...process.env, COUNTED_THREAD: new URL('./thread/main.ts', import.meta.url).pathname } }`,
      );
      if (contents === source) throw new Error('threads are started in another way than this counter knows');
      return { contents, loader: 'ts' };
    });
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
