import type { LogEntry, TelemetryOptions } from '../../src/index.ts';

/** The log of a worker with telemetry options of its own, in a process of its own. */
export class LoggingWorker {
  private constructor(
    /** The entries that its logger got. */
    readonly lines: Omit<LogEntry, 'timestampNanos'>[],
    /** The lines that were printed beside that. */
    readonly console: string,
  ) {}

  static async run(address: string, telemetry: TelemetryOptions): Promise<LoggingWorker> {
    const script = `${import.meta.dir}/../fixtures/telemetry/logging-worker.ts`;
    const child = Bun.spawn([process.execPath, script, address, JSON.stringify(telemetry)], {
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const outputs = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    if ((await child.exited) !== 0) throw new Error(outputs.join('\n'));
    const printed = outputs.join('').split('\n');
    const [lines, rest] = [
      printed.filter((line) => line.startsWith('line ')),
      printed.filter((line) => !line.startsWith('line ')),
    ];
    return new LoggingWorker(
      lines.map((line) => JSON.parse(line.slice('line '.length))),
      rest.join('\n'),
    );
  }
}
