import type { FileSink, Subprocess } from 'bun';
import type { RuntimeOptions } from '../../src/index.ts';
import { LineReader } from './line-reader.ts';

/** A worker with runtime options of its own, in a process of its own, that ran a workflow which records metrics. */
export class MeasuredWorker {
  private constructor(
    readonly process: Subprocess<'pipe', 'pipe', 'inherit'>,
    readonly taskQueue: string,
  ) {}

  static async run(
    address: string,
    telemetryOptions: RuntimeOptions['telemetryOptions'],
    more: Omit<RuntimeOptions, 'telemetryOptions' | 'logger'> = {},
  ): Promise<MeasuredWorker> {
    const script = `${import.meta.dir}/../fixtures/telemetry/measured-worker.ts`;
    const options = JSON.stringify({ telemetryOptions, ...more });
    const child = Bun.spawn([process.execPath, script, address, options], {
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'inherit',
    });
    const line = await new LineReader(child.stdout).until((line) => line.startsWith('measured '));
    return new MeasuredWorker(child, line.slice('measured '.length));
  }

  /** Has the worker shut down, and resolves when its process has ended. */
  async end(): Promise<void> {
    await (this.process.stdin as FileSink).end();
    await this.process.exited;
  }

  /** Sends a signal, and gives the exit code, or the name of the signal that ended the process. */
  async signal(signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    this.process.kill(signal);
    await this.process.exited;
    return this.process.signalCode ?? (this.process.exitCode as number);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}
