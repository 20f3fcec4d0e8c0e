// How long a native completion takes into JavaScript: messages go to and fro between the completion queues of two threads.
// Prints one line of JSON; times in µs, one way.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { CompletionQueue } from '../../bun-bindings/src/native/completion-queue.ts';
import { native } from '../../bun-bindings/src/native/library.ts';
import { median } from '../lib/figures.ts';

const ROUNDS = 50_000;
const message = new Uint8Array(64);

/** Where a thread gets messages. */
interface Box {
  handle: number;
  tag: number;
}

function openBox(onMessage: () => void): { queue: CompletionQueue; box: Box } {
  const queue = CompletionQueue.create();
  let box: Box | undefined;
  queue.openMessages(onMessage, (tag) => {
    box = { handle: queue.handle, tag };
  });
  if (box === undefined) throw new Error('The queue has no box');
  return { queue, box };
}

function post({ handle, tag }: Box): void {
  native().temporal_bun_queue_post(handle, tag, message, message.length);
}

if (isMainThread) {
  const took: number[] = [];
  const over = Promise.withResolvers<void>();
  let other: Box | undefined;
  let sentAt = 0;
  let cpuBefore = process.cpuUsage();
  const send = (): void => {
    sentAt = performance.now();
    if (other) post(other);
  };
  const { queue, box } = openBox(() => {
    took.push(((performance.now() - sentAt) * 1_000) / 2);
    if (took.length < ROUNDS) send();
    else over.resolve();
  });
  const worker = new Worker(import.meta.path, { workerData: box });
  worker.on('message', (answer: Box) => {
    other = answer;
    cpuBefore = process.cpuUsage();
    send();
  });
  await over.promise;
  const { user, system } = process.cpuUsage(cpuBefore);
  const sorted = took.toSorted((a, b) => a - b);
  console.log(
    JSON.stringify({
      'native completion, median': median(took),
      'native completion, p99': sorted[Math.floor(0.99 * ROUNDS)],
      'native completion, CPU': (user + system) / (2 * ROUNDS),
    }),
  );
  worker.postMessage('over');
  queue.close();
} else {
  const { queue, box } = openBox(() => post(workerData as Box));
  parentPort?.postMessage(box);
  parentPort?.once('message', () => {
    queue.close();
    process.exit();
  });
}
