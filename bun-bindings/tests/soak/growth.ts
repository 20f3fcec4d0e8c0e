import type { Holdings } from './holdings.ts';
import type { Slope } from './slope.ts';

const MiB = 1024 ** 2;

/** Growth in an hour that is put up with: the engine's heap and its threads settle slowly. */
const TOLERATED: Readonly<Record<keyof Holdings, number>> = { rss: 100 * MiB, threads: 4, descriptors: 12 };

/** Complaints about what a process holds at the end and did not in the beginning. */
export function growth(before: Holdings, after: Holdings): string[] {
  const complaints: string[] = [];
  // Abandoned connections are closed when keep-alives go without an answer.
  if (after.descriptors > before.descriptors + 24)
    complaints.push(`descriptors went from ${before.descriptors} to ${after.descriptors}`);
  // The engine's own helper threads come and go.
  if (after.threads > before.threads + 8) complaints.push(`threads went from ${before.threads} to ${after.threads}`);
  if (after.rss > before.rss * 1.5 + 100 * MiB)
    complaints.push(`memory went from ${Math.round(before.rss / MiB)} to ${Math.round(after.rss / MiB)} MiB`);
  return complaints;
}

/** Complaints about what grows steadily, by more than is tolerated even if it is at the lower end of its margin. */
export function steadyGrowth(slopes: Readonly<Record<keyof Holdings, Slope>>): string[] {
  return (Object.keys(TOLERATED) as (keyof Holdings)[])
    .filter((what) => slopes[what].perHour - slopes[what].margin > TOLERATED[what])
    .map((what) => `${what} grows by ${Math.round(slopes[what].perHour)} ± ${Math.round(slopes[what].margin)} an hour`);
}
