import { expect, test } from 'bun:test';
import { type Kind, measureLargeRuns } from './large-runs.ts';

test.each<[Kind, number]>([
  ['manySignals', 1_000],
  ['manyTimers', 400],
  ['manyChildren', 200],
  ['longHistory', 300],
])(
  'nothing is lost of a large run, and its history replays: %s, %i',
  async (kind, size) => {
    const [figures] = await measureLargeRuns(kind, [size]);
    expect(figures?.counted).toBe(size);
    expect(figures?.events).toBeGreaterThan(size);
  },
  60_000,
);
