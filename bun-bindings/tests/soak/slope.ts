/** A growth, and how sure it is: the true one is within `margin` of `perHour` in 95 of 100 cases. */
export interface Slope {
  readonly perHour: number;
  readonly margin: number;
}

/** A value at a time, in ms. */
export interface Sample {
  readonly at: number;
  readonly value: number;
}

/** Samples that follow each other are alike, which would make the margin too small. The means of so many parts are less so. */
const PARTS = 10;
/** Student's t for 95% on both sides, with `PARTS - 2` degrees of freedom. */
const STUDENT = 2.306;
const HOUR_MS = 3_600_000;

/** Fits a line to the means of ten parts of the samples, which are in the order of their times. */
export function slopeOf(samples: readonly Sample[]): Slope {
  if (samples.length < PARTS) throw new Error(`a slope needs ${PARTS} samples or more, not ${samples.length}`);
  const parts = Array.from({ length: PARTS }, (_, part) =>
    samples.slice(Math.floor((part * samples.length) / PARTS), Math.floor(((part + 1) * samples.length) / PARTS)),
  );
  const times = parts.map((part) => mean(part.map(({ at }) => at / HOUR_MS)));
  const values = parts.map((part) => mean(part.map(({ value }) => value)));
  const [middle, level] = [mean(times), mean(values)];
  const spread = sum(times.map((time) => (time - middle) ** 2));
  const perHour = sum(times.map((time, part) => (time - middle) * ((values[part] as number) - level))) / spread;
  const errors = times.map((time, part) => (values[part] as number) - level - perHour * (time - middle));
  const margin = STUDENT * Math.sqrt(sum(errors.map((error) => error ** 2)) / (PARTS - 2) / spread);
  return { perHour, margin };
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
