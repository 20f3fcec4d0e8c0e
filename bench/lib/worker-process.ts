import type { Subprocess } from 'bun';
import type { Contestant } from './contestants.ts';
import { cpuMs, residentBytes, type ThreadTimes, threadTimes } from './process-usage.ts';
import type { TaskQueue } from './task-queue.ts';

interface Message {
  event: string;
  took: number[];
  /** Calls to the native library since the last time, by their names. */
  calls: Record<string, number>;
}

/** A process of a contestant. */
export class WorkerProcess implements AsyncDisposable {
  /** When it was started, by `performance.now()`. */
  readonly startedAt = performance.now();
  private readonly process: Subprocess<'pipe', 'pipe', 'inherit'>;
  private readonly messages: AsyncGenerator<Message>;

  /** One that takes the tasks of a queue. */
  static async polling(contestant: Contestant, queue: TaskQueue, options: object = {}): Promise<WorkerProcess> {
    const worker = new WorkerProcess(contestant, 'work', {
      address: queue.address,
      taskQueue: queue.name,
      ...options,
    });
    await worker.hear('polling');
    return worker;
  }

  constructor({ command }: Contestant, task: 'work' | 'replay' | 'bundle', options: object) {
    this.process = Bun.spawn([...command, task, JSON.stringify(options)], {
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'inherit',
      env: { ...process.env, NODE_ENV: 'production' },
    });
    this.messages = lines(this.process.stdout);
  }

  /** Resolves with the next message of the worker, which must be this one. */
  async hear(event: string): Promise<Message> {
    const { value } = await this.messages.next();
    if (value?.event !== event) throw new Error(`A worker told ${JSON.stringify(value)} instead of "${event}"`);
    return value;
  }

  /** Asks it for something. */
  ask(what: 'calls'): void {
    this.process.stdin.write(`${what}\n`);
    this.process.stdin.flush();
  }

  /** CPU time that it uses while `load` runs, in ms. */
  async cpuOf(load: () => Promise<unknown>): Promise<number> {
    const before = this.cpu();
    await load();
    return this.cpu() - before;
  }

  /** CPU time that it has used, in ms. */
  cpu(): number {
    return cpuMs(this.process.pid);
  }

  /** The same by thread. */
  threads(): ThreadTimes {
    return threadTimes(this.process.pid);
  }

  resident(): number {
    return residentBytes(this.process.pid);
  }

  /** Stops the process in order. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.process.stdin.end();
    await this.process.exited;
  }
}

async function* lines(output: ReadableStream<Uint8Array>): AsyncGenerator<Message> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of output) {
    const whole = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = whole.pop() ?? '';
    for (const line of whole) if (line.startsWith('{"event"')) yield JSON.parse(line) as Message;
  }
}
