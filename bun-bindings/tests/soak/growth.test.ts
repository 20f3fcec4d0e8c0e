import { expect, test } from 'bun:test';
import { growth, steadyGrowth } from './growth.ts';

const MiB = 1024 ** 2;
const flat = { perHour: 0, margin: 1 };

test('a process may hold somewhat more than in the beginning', () => {
  const before = { rss: 200 * MiB, threads: 20, descriptors: 30 };
  expect(growth(before, { rss: 390 * MiB, threads: 25, descriptors: 40 })).toEqual([]);
  expect(growth(before, { rss: 500 * MiB, threads: 40, descriptors: 90 })).toEqual([
    'descriptors went from 30 to 90',
    'threads went from 20 to 40',
    'memory went from 200 to 500 MiB',
  ]);
});

test('a growth is complained of when it is beyond what is tolerated, whatever the margin', () => {
  const slopes = { rss: flat, threads: flat, descriptors: flat };
  expect(steadyGrowth(slopes)).toEqual([]);
  expect(steadyGrowth({ ...slopes, threads: { perHour: 20, margin: 17 } })).toEqual([]);
  expect(steadyGrowth({ ...slopes, threads: { perHour: 20, margin: 15 } })).toEqual([
    'threads grows by 20 ± 15 an hour',
  ]);
});
