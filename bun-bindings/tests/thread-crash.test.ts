import { afterAll, afterEach, describe, expect, spyOn, test } from 'bun:test';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { NativeConnection } from '../src/connection/index.ts';
import { Runtime } from '../src/runtime/runtime.ts';
import { WorkerRuntime } from '../src/worker/worker.ts';
import { ThreadExecutor } from '../src/workflow/threads/thread-executor.ts';
import * as workflows from './fixtures/workflows.ts';
import { useServer } from './support/test-server.ts';
import { fixtureOptions, withWorker } from './support/test-worker.ts';

const server = useServer();

/** The threads that were started, the latest last. */
const threads: ThreadExecutor[] = [];
const start = ThreadExecutor.prototype.start;
const started = spyOn(ThreadExecutor.prototype, 'start').mockImplementation(function (this: ThreadExecutor, worker) {
  threads.push(this);
  start.call(this, worker);
});

function latestThread(): ThreadExecutor {
  const thread = threads.at(-1);
  if (thread === undefined) throw new Error('No workflow thread was started');
  return thread;
}

afterEach(() => {
  threads.length = 0;
});
// Other test files have threads in the same process.
afterAll(() => started.mockRestore());

/** Any message: a thread that waits for its queue looks at its event loop then. */
function wakeUp(thread: ThreadExecutor): void {
  thread.refuse('nothing', 0);
}

/** An error that nobody catches, on the thread. */
function throwInThread(thread: ThreadExecutor): void {
  thread.worker.postMessage(null);
  wakeUp(thread);
}

/** The end of the thread without a word. */
function killThread(thread: ThreadExecutor): void {
  void thread.worker.terminate();
  wakeUp(thread);
}

describe.each([
  ['an error that nobody catches', throwInThread],
  ['its sudden end', killThread],
])('a workflow thread that crashes by %s', (_how, crash) => {
  test('is replaced, and its runs go on', async () => {
    const logged = spyOn(Runtime.instance().logger, 'error');
    await withWorker(server, {}, async ({ client, taskQueue, worker }) => {
      const options = () => ({ taskQueue, workflowId: crypto.randomUUID() });
      const handles = await Promise.all([1, 2, 3].map(() => client.workflow.start(workflows.greeter, options())));
      for (const [index, handle] of handles.entries()) {
        await handle.signal(workflows.addName, `A${index}`);
        expect(await handle.query(workflows.namesSoFar)).toEqual([`A${index}`]);
      }
      expect(worker.getStatus().numCachedWorkflows).toBe(3);

      const crashed = latestThread();
      crash(crashed);
      expect(await crashed.ended).toBeInstanceOf(Error);
      for (const [index, handle] of handles.entries()) {
        await handle.signal(workflows.addName, `B${index}`);
        await handle.signal(workflows.finish);
        expect(await handle.result()).toEqual([`Hello, A${index} of 1!`, `Hello, B${index} of 1!`]);
      }
      expect(latestThread()).not.toBe(crashed);
      expect(worker.getState()).toBe('RUNNING');
    });
    expect(logged.mock.calls.map(([message]) => message)).toContain(
      'A workflow thread crashed. Its runs are evicted, and a new thread takes over',
    );
    logged.mockRestore();
  }, 60_000);

  test('loses no workflow that it was at', async () => {
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    const codec = new CodecThatHangsOnce(arrive);
    const dataConverter = { payloadCodecs: [codec] };
    const result = await withWorker(server, { dataConverter }, async ({ client, taskQueue }) => {
      const handle = await client.workflow.start(workflows.hello, {
        taskQueue,
        workflowId: crypto.randomUUID(),
        args: ['you'],
      });
      await arrived;
      crash(latestThread());
      return handle.result();
    });
    expect(result).toBe('Hello, you!');
  }, 60_000);
});

test('a thread that crashes over and over ends the worker with the error', async () => {
  started.mockImplementation(function (this: ThreadExecutor, worker) {
    start.call(this, worker);
    killThread(this);
  });
  const connection = await NativeConnection.connect(server.connectionOptions);
  const worker = await WorkerRuntime.create({ ...fixtureOptions(), connection });
  const error = await worker.run().catch((thrown) => thrown);
  expect(String(error)).toContain('A workflow thread ended unexpectedly');
  expect(worker.getState()).toBe('FAILED');
  await connection.close();
}, 60_000);

/** Decodes everything but the first time. */
class CodecThatHangsOnce implements PayloadCodec {
  #hung = false;

  readonly #onHang: () => void;

  constructor(onHang: () => void) {
    this.#onHang = onHang;
  }

  async encode(payloads: Payload[]): Promise<Payload[]> {
    return payloads;
  }

  async decode(payloads: Payload[]): Promise<Payload[]> {
    if (!this.#hung) {
      this.#hung = true;
      this.#onHang();
      await new Promise(() => {});
    }
    return payloads;
  }
}
