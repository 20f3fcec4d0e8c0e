import { expect, test } from 'bun:test';
import type { WorkerOptions } from '../../src/worker/options/worker-options.ts';
import type { InjectedSinks } from '../../src/worker/sinks/sinks.ts';
import { SeededRandom } from '../determinism/seeded-random.ts';
import { useServer } from '../support/test-server.ts';
import { withWorker } from '../support/test-worker.ts';
import { CacheObserver } from './cache-observer.ts';
import { Crew } from './crew.ts';
import type { KeeperSinks } from './keeper-messages.ts';

const server = useServer();
const CONCURRENCY = 100;

/** Counts keepers that have handled their first task. */
function startCounter(goal: number): { sinks: InjectedSinks<KeeperSinks>; allStarted: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const started = new Set<string>();
  const fn = ({ runId }: { runId: string }) => {
    if (started.add(runId).size === goal) resolve();
  };
  return { sinks: { keepers: { started: { fn } } }, allStarted: promise };
}

test('2,000 cached workflows take turns, some are evicted meanwhile, and each keeps its state', async () => {
  const size = 2_000;
  using cache = new CacheObserver();
  const { sinks, allStarted } = startCounter(size);
  await withWorker(server, options({ maxCachedWorkflows: size, sinks }), async ({ client, taskQueue, worker }) => {
    const random = new SeededRandom(1);
    const evict = (runId: string) => cache.evict(runId);
    const crew = await Crew.start({ client, taskQueue, size, random, evict, concurrency: CONCURRENCY });
    await allStarted;
    await crew.check(0); // comes after all that the thread was at
    expect(worker.getStatus().numCachedWorkflows).toBe(size);

    await crew.work(1);
    expect(cache.evictions('LANG_REQUESTED')).toBeGreaterThan(size / 8);
    expect(cache.evictions('CACHE_FULL')).toBe(0);

    const [, ...others] = crew.runIds;
    await crew.finish(1);
    await Promise.all(others.map((runId) => cache.untilEnded(runId)));
    await crew.check(0);
    expect(worker.getStatus().numCachedWorkflows).toBe(1); // the one that was asked
    await crew.finish(0, 1);
  });
}, 600_000);

test.each([
  ['a cache that is too small for them', { maxCachedWorkflows: 25, workflowThreadPoolSize: 2 }],
  ['no cache', { maxCachedWorkflows: 0 }],
])(
  'the same workflows keep their state with %s',
  async (_which, cacheOptions) => {
    const size = 100;
    using cache = new CacheObserver();
    const { sinks } = startCounter(size);
    await withWorker(server, options({ ...cacheOptions, sinks }), async ({ client, taskQueue }) => {
      const random = new SeededRandom(1);
      const evict = (runId: string) => cache.evict(runId);
      const crew = await Crew.start({ client, taskQueue, size, random, evict, concurrency: CONCURRENCY });
      await crew.work(3);
      await crew.finish();
    });
  },
  300_000,
);

function options(more: Partial<WorkerOptions>): Partial<WorkerOptions> {
  return { workflowsPath: `${import.meta.dir}/fixtures/keeper.ts`, ...more };
}
