import type { Logger } from '@temporalio/common';

/** A logger that adds warnings and errors to a list, and drops the rest. */
export function collectWarnings(warnings: string[]): Logger {
  const ignore = () => undefined;
  const keep = (message: string) => {
    warnings.push(message);
  };
  return {
    log: (level, message) => (level === 'WARN' || level === 'ERROR' ? keep(message) : undefined),
    trace: ignore,
    debug: ignore,
    info: ignore,
    warn: keep,
    error: keep,
  };
}
