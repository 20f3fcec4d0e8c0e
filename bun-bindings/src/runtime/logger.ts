import type { Logger, LogLevel, LogMetadata } from '@temporalio/common';
import type { LogEntry } from './log-entry.ts';
import { formatLine, type LogFormat } from './log-format.ts';

export type { LogEntry, Logger, LogLevel, LogMetadata };

/** A metadata key for the time of the line: a bigint of nanoseconds since 1970. */
export const LogTimestamp = Symbol.for('log_timestamp');

/** A metadata key that tells workflows whether error objects will be printed in colour. */
const hasColorsKey = Symbol.for('logger_has_colors');

/** The levels, the lowest first. */
export const severities: readonly LogLevel[] = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'];

/** Writes lines of a level and above to stderr, or passes them to a function. */
export class DefaultLogger implements Logger {
  protected readonly severity: number;

  constructor(
    /** The lowest level that is logged. */
    public readonly level: LogLevel = 'INFO',
    protected readonly logFunction: (entry: LogEntry) => void = writeToStderr,
  ) {
    this.severity = severities.indexOf(level);
    Object.defineProperty(this, hasColorsKey, { get: () => logFunction === writeToStderr && hasColors() });
  }

  log(level: LogLevel, message: string, meta?: LogMetadata): void {
    if (severities.indexOf(level) < this.severity) return;
    const { [LogTimestamp]: timestampNanos = nowNanos(), ...rest } = meta ?? {};
    const shown = Object.keys(rest).length > 0 ? rest : undefined;
    this.logFunction({ level, message, timestampNanos, meta: shown });
  }

  trace(message: string, meta?: LogMetadata): void {
    this.log('TRACE', message, meta);
  }

  debug(message: string, meta?: LogMetadata): void {
    this.log('DEBUG', message, meta);
  }

  info(message: string, meta?: LogMetadata): void {
    this.log('INFO', message, meta);
  }

  warn(message: string, meta?: LogMetadata): void {
    this.log('WARN', message, meta);
  }

  error(message: string, meta?: LogMetadata): void {
    this.log('ERROR', message, meta);
  }
}

/** Evaluated at the first write, because the first access of `process.stderr` takes 8 ms. */
function hasColors(): boolean {
  return process.stderr.isTTY === true && process.env.NO_COLOR === undefined;
}

function writeToStderr(entry: LogEntry): void {
  process.stderr.write(`${formatLine(entry, 'pretty', hasColors())}\n`);
}

/** Returns a function that writes lines to stderr in a format, for a {@link DefaultLogger}. */
export function stderrWriter(format: LogFormat): (entry: LogEntry) => void {
  if (format === 'pretty') return writeToStderr;
  return (entry) => {
    process.stderr.write(`${formatLine(entry, format, hasColors())}\n`);
  };
}

/** Reads the clock that the native part and workflows use. Others drift from it, or stop while the machine sleeps. */
function nowNanos(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}
