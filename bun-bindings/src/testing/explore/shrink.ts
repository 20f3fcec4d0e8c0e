import { keyOf, type Outcome, type Plan } from './outcome.ts';

/** The most runs that a shorter schedule is looked for with, and their time in ms. */
const MOST_RUNS = 40;
const MOST_TIME_MS = 2_000;

/**
 * Looks for the shortest schedule that still fails: without the order of the seed if it fails without, and with as few
 * faults as it can do with. Returns the last run that failed.
 */
export async function shrink(
  first: Outcome,
  run: (plan: Plan) => Promise<Outcome>,
  replay: (outcomes: readonly Outcome[]) => Promise<Outcome | undefined>,
): Promise<Outcome> {
  const end = Date.now() + MOST_TIME_MS;
  let runs = 0;
  let best = first;
  const fails = async (plan: Plan): Promise<boolean> => {
    if (runs++ >= MOST_RUNS || Date.now() > end) return false;
    const outcome = await run(plan);
    const failed = outcome.failure ? outcome : first.failedInReplay ? await replay([outcome]) : undefined;
    if (failed === undefined) return false;
    best = failed;
    return true;
  };
  let plan: Plan = { seed: first.plan.seed, onlyFaults: faultsOf(first) };
  if (await fails({ ...plan, onlyFaults: [], keepsOrder: true })) return best;
  if (await fails({ ...plan, keepsOrder: true })) plan = { ...plan, keepsOrder: true };
  if (await fails({ ...plan, onlyFaults: [] })) return best;
  // Halves first, then one after the other.
  let size = Math.ceil((plan.onlyFaults?.length ?? 0) / 2);
  while (size >= 1) {
    let removedAny = false;
    for (let at = 0; at < (plan.onlyFaults?.length ?? 0); ) {
      const left = plan.onlyFaults?.toSpliced(at, size);
      if (await fails({ ...plan, onlyFaults: left })) {
        plan = { ...plan, onlyFaults: left };
        removedAny = true;
      } else {
        at += size;
      }
    }
    if (size === 1 && !removedAny) break;
    size = size === 1 ? 1 : Math.ceil(size / 2);
  }
  return best;
}

/** The faults that a run had, in their order. */
function faultsOf({ schedule }: Outcome): string[] {
  return schedule.filter(({ fault }) => fault !== undefined).map(keyOf);
}
