import type { Logger } from '@temporalio/common';
import { DefaultLogger, type LogEntry, LogTimestamp } from './logger.ts';

/** Time that a line waits for older lines from slower sources. */
const WAIT_MS = 100;

/** Maximum of waiting lines. Beyond it the oldest line is emitted at once. */
const MAX_LINES = 2000;

/**
 * Sorts log lines of different sources by time.
 *
 * Lines of the native part, of workflow threads and of the main thread arrive with different delays. So each line is
 * held back for a moment, until older lines are no longer expected.
 */
export class LogCollector {
  /** The logger for lines that do not come from the native part. */
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
    // Lines with the same time keep the order of their arrival.
    const before = this.#lines.findLastIndex(({ timestampNanos }) => timestampNanos <= entry.timestampNanos);
    this.#lines.splice(before + 1, 0, entry);
    if (this.#lines.length > MAX_LINES) this.#emit(this.#lines.splice(0, 1));
    // Waiting lines are flushed when the process ends, so the timer need not keep the process alive.
    this.#timer ??= this.#wait();
  }

  /** Emits all waiting lines, even if older ones may still arrive. */
  readonly flush = (): void => {
    this.#emit(this.#lines.splice(0));
  };

  /** Emits later lines as soon as they arrive. */
  close(): void {
    this.flush();
    this.#isClosed = true;
    clearTimeout(this.#timer);
    process.off('exit', this.flush);
  }

  /** Waits one more turn of the event loop: after a busy time timers fire before messages that arrived earlier. */
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
        // Nobody can handle an error of the logger here: the code that logged the line has long continued.
      }
    }
  }
}
