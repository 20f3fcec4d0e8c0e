import type { LogLevel, LogMetadata } from '@temporalio/common';

/** A log line as a `DefaultLogger` passes it to its output. */
export interface LogEntry {
  message: string;
  level: LogLevel;
  /** Nanoseconds since 1970. */
  timestampNanos: bigint;
  meta?: LogMetadata;
}
