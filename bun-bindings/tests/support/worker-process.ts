import type { FileSink, Subprocess } from 'bun';
import { LineReader } from './line-reader.ts';

interface SpawnOptions {
  cwd?: string;
  env?: Record<string, string>;
  stdin?: 'ignore' | 'pipe';
}

/** A worker in a process of its own. */
export class WorkerProcess {
  readonly #output: LineReader;

  private constructor(readonly process: Subprocess<'ignore' | 'pipe', 'pipe', 'inherit'>) {
    this.#output = new LineReader(process.stdout);
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
  static spawn(args: string[], options?: SpawnOptions): WorkerProcess {
    return WorkerProcess.execute([process.execPath, ...args], options);
  }

  /** Runs a command. */
  static execute(command: string[], { stdin = 'ignore', ...options }: SpawnOptions = {}): WorkerProcess {
    const env = { ...process.env, ...options.env };
    return new WorkerProcess(Bun.spawn(command, { ...options, env, stdin, stdout: 'pipe', stderr: 'inherit' }));
  }

  /** Resolves when the process prints such a line, with the line. */
  says(line: string | RegExp): Promise<string> {
    return this.#output.until(
      (printed) => (typeof line === 'string' ? printed === line : line.test(printed)),
      `the worker process ended without saying "${line}"`,
    );
  }

  /** Closes the input of a process that was given one, and resolves when it has ended. */
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
