import { expect, test } from 'bun:test';
import { concurrencyLimit } from './concurrency-limit.ts';

test('as many run at once as may, in order, also after one that fails', async () => {
  const limit = concurrencyLimit(2);
  const started: number[] = [];
  const gates = Array.from({ length: 4 }, () => Promise.withResolvers<number>());
  const results = gates.map(({ promise }, index) =>
    limit(() => {
      started.push(index);
      return promise;
    }),
  );
  expect(started).toEqual([0, 1]);
  gates[1]?.reject(new Error('no'));
  expect(results[1]).rejects.toThrow('no');
  await results[1]?.catch(() => {});
  expect(started).toEqual([0, 1, 2]);
  for (const index of [0, 2, 3]) gates[index]?.resolve(index);
  expect(await Promise.all([results[0], results[2], results[3]])).toEqual([0, 2, 3]);
  expect(started).toEqual([0, 1, 2, 3]);
});
