import { expect, test } from 'bun:test';
import { keyOf, type Outcome, type Plan } from './outcome.ts';
import { shrink } from './shrink.ts';

const ALL = ['a', 'b', 'c', 'd', 'e'].map((place) => ({ fault: 'pollLost' as const, place }));

/** A run that fails if `fails` says so of its faults, and of whether it keeps the order. */
function world(fails: (places: string[], keepsOrder: boolean) => boolean) {
  let runs = 0;
  const run = async (plan: Plan): Promise<Outcome> => {
    runs++;
    const schedule = ALL.filter((step) => plan.onlyFaults?.includes(keyOf(step)) ?? true);
    const places = schedule.map(({ place }) => place);
    const failure = fails(places, plan.keepsOrder ?? false) ? new Error('it failed') : undefined;
    return { plan, failure, schedule, histories: [] };
  };
  return { run, runs: () => runs };
}

async function shortest(fails: (places: string[], keepsOrder: boolean) => boolean): Promise<Outcome> {
  const { run } = world(fails);
  return shrink(await run({ seed: 1 }), run, async () => undefined);
}

test('leaves out the faults that do not matter', async () => {
  const { schedule, plan } = await shortest((places) => places.includes('b') && places.includes('e'));
  expect(schedule.map(({ place }) => place)).toEqual(['b', 'e']);
  expect(plan.keepsOrder).toBe(true);
});

test('keeps the order of the seed if it matters', async () => {
  const { schedule, plan } = await shortest((_, keepsOrder) => !keepsOrder);
  expect(schedule).toEqual([]);
  expect(plan.keepsOrder ?? false).toBe(false);
});

test('looks no further when nothing is needed', async () => {
  const { run, runs } = world(() => true);
  const { schedule } = await shrink(await run({ seed: 1 }), run, async () => undefined);
  expect(schedule).toEqual([]);
  expect(runs()).toBe(2);
});

test('gives the run itself if no shorter one fails', async () => {
  const { run } = world((places, keepsOrder) => places.length === ALL.length && !keepsOrder);
  const first = await run({ seed: 1 });
  const { schedule } = await shrink(first, run, async () => undefined);
  expect(schedule).toHaveLength(ALL.length);
});

test('replays where the failure was one of replay', async () => {
  const passed: Outcome = { plan: { seed: 1 }, schedule: ALL, histories: [] };
  const first = { ...passed, failure: new Error('it does not replay'), failedInReplay: true };
  const replay = async ([outcome]: readonly Outcome[]): Promise<Outcome | undefined> =>
    outcome && { ...outcome, failure: first.failure, failedInReplay: true };
  const { run } = world(() => false);
  const found = await shrink(first, run, replay);
  expect(found.schedule).toEqual([]);
  expect(found.failedInReplay).toBe(true);
});
