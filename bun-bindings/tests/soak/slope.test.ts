import { expect, test } from 'bun:test';
import { SeededRandom } from '../determinism/seeded-random.ts';
import { type Sample, slopeOf } from './slope.ts';

/** A sample each second for ten minutes. */
function samples(valueAt: (second: number) => number): Sample[] {
  return Array.from({ length: 600 }, (_, second) => ({ at: second * 1_000, value: valueAt(second) }));
}

test('a line has its slope, and no margin', () => {
  const { perHour, margin } = slopeOf(samples((second) => 7 + second / 36));
  expect(perHour).toBeCloseTo(100);
  expect(margin).toBeCloseTo(0);
});

test('what grows by less than it swings is within the margin of no growth, and what grows by more is not', () => {
  const random = new SeededRandom(1);
  const noise = () => random.integer(-50, 50);
  const flat = slopeOf(samples(noise));
  expect(Math.abs(flat.perHour)).toBeLessThan(flat.margin);
  const growing = slopeOf(samples((second) => second + noise()));
  expect(growing.perHour).toBeGreaterThan(growing.margin);
  expect(Math.abs(growing.perHour - 3_600)).toBeLessThan(growing.margin);
});

test('a few samples have no slope', () => {
  expect(() => slopeOf(samples(() => 0).slice(0, 9))).toThrow('10 samples or more, not 9');
});
