import type { FileSink, Subprocess } from 'bun';
import type { TelemetryOptions } from '../../src/index.ts';
import { LineReader } from './line-reader.ts';

/** A worker with telemetry options of its own, in a process of its own, that ran a workflow which records metrics. */
export class MeasuredWorker {
  private constructor(
    readonly process: Subprocess<'pipe', 'pipe', 'inherit'>,
    readonly taskQueue: string,
  ) {}

  static async run(address: string, telemetry: TelemetryOptions, env: Record<string, string> = {}) {
    const script = `${import.meta.dir}/../fixtures/telemetry/measured-worker.ts`;
    const child = Bun.spawn([process.execPath, script, address, JSON.stringify(telemetry)], {
      env: { ...process.env, ...env },
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

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}
