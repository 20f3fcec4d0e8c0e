import type { LogMetadata } from '@temporalio/common';
import { DefaultLogger } from '../../runtime/logger.ts';
import { cloneWhatCanBe } from '../../workflow/threads/clonable.ts';
import { toPosted } from '../../workflow/threads/posted-error.ts';
import type { FromThread } from './messages.ts';

/** Returns a logger that sends its lines to the main thread, where the worker's logger is. */
export function threadLogger(tell: (message: FromThread) => void): DefaultLogger {
  return new DefaultLogger('TRACE', ({ level, message, meta }) =>
    tell({ type: 'log', level, message, meta: cloneWhatCanBe(toPosted(meta)) as LogMetadata | undefined }),
  );
}
