/** The figures of one contestant in one round, by the names of the measures. */
export type Figures = Map<string, number>;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const high = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? high) + high) / 2;
}

/** The median of each figure over several rounds. */
export function medians(rounds: readonly Figures[]): Figures {
  const names = new Set(rounds.flatMap((figures) => [...figures.keys()]));
  return new Map(
    [...names].map((name) => [name, median(rounds.flatMap((figures) => figures.get(name) ?? []))] as const),
  );
}
