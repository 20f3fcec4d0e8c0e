import { expect, test } from 'bun:test';
import { totalmem } from 'node:os';
import { defaultMaxCachedWorkflows } from './cache-size.ts';

const GiB = 1024 ** 3;

test.each([
  ['none of the first 200 MiB of half of the memory', GiB / 4, 10],
  ['600 for each GiB beyond', 2 * GiB, Math.floor(((1024 - 200) * 600) / 1024)],
  ['up to 4 GiB', 8 * GiB, Math.floor(((4096 - 200) * 600) / 1024)],
  ['and no more', 64 * GiB, Math.floor(((4096 - 200) * 600) / 1024)],
])('%s', (_, memory, size) => {
  expect(defaultMaxCachedWorkflows(memory)).toBe(size);
});

test('the memory is that of the machine, or what the container may use of it', () => {
  expect(defaultMaxCachedWorkflows()).toBeGreaterThanOrEqual(10);
  expect(defaultMaxCachedWorkflows()).toBeLessThanOrEqual(defaultMaxCachedWorkflows(totalmem()));
});
