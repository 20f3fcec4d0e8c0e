import type { Logger, LogLevel, LogMetadata } from '@temporalio/common';
import { cloneWhatCanBe } from '../../workflow/threads/clonable.ts';
import { toPosted } from '../../workflow/threads/posted-error.ts';
import type { FromThread } from './messages.ts';

/** Sends the lines of a thread to the main thread, where the worker's logger is. */
export class ThreadLogger implements Logger {
  readonly #tell: (message: FromThread) => void;

  constructor(tell: (message: FromThread) => void) {
    this.#tell = tell;
  }

  log(level: LogLevel, message: string, meta?: LogMetadata): void {
    this.#tell({ type: 'log', level, message, meta: cloneWhatCanBe(toPosted(meta)) as LogMetadata | undefined });
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
