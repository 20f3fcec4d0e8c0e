import type { Logger } from '@temporalio/common';
import { DefaultLogger, type LogEntry, LogTimestamp } from './logger.ts';

/** How long a line waits for older ones that come later. */
const WAIT_MS = 100;

/** With more lines than this, the oldest wait no longer. */
const MAX_LINES = 2000;

/**
 * Puts lines of different sources in the order of their time.
 *
 * Lines of the native part, of workflow threads and of the main thread reach the logger with different delays. So each line
 * is kept for a moment, and goes to the logger once older ones are not to be expected any more.
 */
export class LogCollector {
  /** Takes the lines that are not of the native part. */
  readonly logger: Logger = new DefaultLogger('TRACE', (entry) => this.add(entry));
  /** Oldest first. */
  #lines: LogEntry[] = [];
  #timer: Timer | undefined;
  #isClosed = false;

  readonly #downstream: Logger;

  constructor(downstream: Logger) {
    this.#downstream = downstream;

    process.on('exit', this.flush);
  }

  add(entry: LogEntry): void {
    if (this.#isClosed) {
      this.#emit([entry]);
      return;
    }
    // Lines of one time stay in the order in which they came.
    const before = this.#lines.findLastIndex(({ timestampNanos }) => timestampNanos <= entry.timestampNanos);
    this.#lines.splice(before + 1, 0, entry);
    if (this.#lines.length > MAX_LINES) this.#emit(this.#lines.splice(0, 1));
    // What waits is not lost when the process ends, so it need not keep the process alive.
    this.#timer ??= this.#wait();
  }

  /** Hands all lines on, whether or not older ones may come. */
  readonly flush = (): void => {
    this.#emit(this.#lines.splice(0));
  };

  /** Lines that come later are handed on as they come. */
  close(): void {
    this.flush();
    this.#isClosed = true;
    clearTimeout(this.#timer);
    process.off('exit', this.flush);
  }

  /** A thread that was busy finds its timers due before what came from elsewhere meanwhile: that comes first. */
  #wait(): Timer {
    return setTimeout(() => setImmediate(() => this.#flushDue()), WAIT_MS).unref();
  }

  #flushDue(): void {
    const due = BigInt(Date.now() - WAIT_MS) * 1_000_000n;
    const lastDue = this.#lines.findLastIndex(({ timestampNanos }) => timestampNanos <= due);
    this.#emit(this.#lines.splice(0, lastDue + 1));
    this.#timer = this.#lines.length > 0 ? this.#wait() : undefined;
  }

  #emit(lines: LogEntry[]): void {
    for (const { level, message, timestampNanos, meta } of lines) {
      try {
        this.#downstream.log(level, message, { [LogTimestamp]: timestampNanos, ...meta });
      } catch {
        // A logger that throws has nobody to tell: the code that logged the line went on long ago.
      }
    }
  }
}
