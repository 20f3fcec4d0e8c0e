import type { RuntimeOptions } from '../../src/index.ts';
import { WorkerProcess } from '../support/worker-process.ts';

/** A worker with runtime options of its own, in a process of its own, that ran a workflow which records metrics. */
export class MeasuredWorker {
  readonly #worker: WorkerProcess;

  private constructor(
    worker: WorkerProcess,
    readonly taskQueue: string,
  ) {
    this.#worker = worker;
  }

  static async run(
    address: string,
    telemetryOptions: RuntimeOptions['telemetryOptions'],
    more: Omit<RuntimeOptions, 'telemetryOptions' | 'logger'> = {},
  ): Promise<MeasuredWorker> {
    const script = `${import.meta.dir}/../fixtures/telemetry/measured-worker.ts`;
    const options = JSON.stringify({ telemetryOptions, ...more });
    const worker = WorkerProcess.spawn([script, address, options], { stdin: 'pipe' });
    const line = await worker.says(/^measured /);
    return new MeasuredWorker(worker, line.slice('measured '.length));
  }

  get process() {
    return this.#worker.process;
  }

  /** Shuts the worker down, and resolves when its process has ended. */
  end(): Promise<void> {
    return this.#worker.endInput();
  }

  /** Sends a signal, and gives the exit code, or the name of the signal that ended the process. */
  signal(signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    return this.#worker.end(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}
