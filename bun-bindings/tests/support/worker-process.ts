import type { FileSink, Subprocess } from 'bun';

/** A worker in a process of its own. */
export class WorkerProcess {
  readonly #output: AsyncIterator<string>;

  private constructor(readonly process: Subprocess<'ignore' | 'pipe', 'pipe', 'inherit'>) {
    this.#output = lines(process.stdout);
  }

  /** Starts a worker of the fixtures, and resolves when it takes tasks. */
  static async start(address: string, taskQueue: string): Promise<WorkerProcess> {
    const worker = WorkerProcess.spawn([`${import.meta.dir}/../fixtures/worker-process.ts`, address, taskQueue]);
    await worker.says('running');
    return worker;
  }

  /** Starts a worker of `@temporalio/worker` in a process of Node, and resolves when it takes tasks. */
  static async startNode(args: string[]): Promise<WorkerProcess> {
    const worker = new WorkerProcess(
      Bun.spawn(['node', ...args], { stdin: 'pipe', stdout: 'pipe', stderr: 'inherit' }),
    );
    await worker.says('running');
    return worker;
  }

  /** Runs Bun with these arguments. */
  static spawn(args: string[], options: { cwd?: string; env?: Record<string, string> } = {}): WorkerProcess {
    const env = { ...process.env, ...options.env };
    return new WorkerProcess(
      Bun.spawn([process.execPath, ...args], { ...options, env, stdin: 'ignore', stdout: 'pipe', stderr: 'inherit' }),
    );
  }

  /** Resolves when the process prints such a line. */
  async says(line: string | RegExp): Promise<void> {
    for (;;) {
      const { value, done } = await this.#output.next();
      if (done) throw new Error(`the worker process ended without saying "${line}"`);
      if (typeof line === 'string' ? value === line : line.test(value)) return;
    }
  }

  /** Closes the input of a process that {@link startNode} started, and resolves when it has ended. */
  async endInput(): Promise<void> {
    await (this.process.stdin as FileSink | undefined)?.end();
    await this.process.exited;
  }

  /** Sends a signal, and gives the exit code, or the name of the signal that ended the process. */
  async end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    this.process.kill(signal);
    await this.process.exited;
    return this.process.signalCode ?? (this.process.exitCode as number);
  }
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const bytes of stream) {
    const chunk = decoder.decode(bytes, { stream: true });
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
}
