import { usageError } from './command-error.ts';

/** Reads the value of `--limit`. Throws a usage error if it is no positive integer. */
export function limitOf(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw usageError(`--limit: must be a positive integer, not ${text}`);
  return count;
}
