import { ExplorationError } from './exploration-error.ts';
import type { ExploreOptions, ExploreSummary, ExploreWorkerOptions } from './options.ts';
import type { Outcome, Plan } from './outcome.ts';
import { replay } from './replay.ts';
import { type Body, runOnce } from './run.ts';
import { shrink } from './shrink.ts';

/** The most runs that are replayed together. */
const MOST_IN_BATCH = 16;

/**
 * Runs a test body many times, each time on an embedded server that hands out tasks in another order and has other faults.
 * The histories of each run are replayed as well.
 *
 * A run fails if the body rejects, if it does not end in time, if a workflow task fails, or if a history does not replay.
 * The body's workflows should have ids that do not change from run to run: the seed decides by them.
 *
 * Rejects with an {@link ExplorationError} at the first run that fails. It tells the seed, the shortest schedule that was
 * found to fail, in words, and the histories. `seed` in the options runs that seed again.
 *
 * @example
 * ```ts
 * await explore({ worker: { workflowsPath, activities } }, async ({ client, taskQueue }) => {
 *   const result = await client.workflow.execute(order, { taskQueue, workflowId: 'order' });
 *   expect(result).toBe('shipped');
 * });
 * ```
 */
export async function explore(options: ExploreOptions, body: Body): Promise<ExploreSummary> {
  const { worker, isDebugged } = await workerFactory(options);
  const all = () => exploreSeeds(options, worker, body);
  if (isDebugged) return all();
  const { SharedIsolates } = await import('../../workflow/threads/shared-isolates.ts');
  return SharedIsolates.during(all);
}

async function exploreSeeds(
  options: ExploreOptions,
  worker: () => ExploreWorkerOptions,
  body: Body,
): Promise<ExploreSummary> {
  const { seed, seeds = 200 } = options;
  const start = performance.now();
  const run = (plan: Plan): Promise<Outcome> => runOnce(options, worker, body, plan);
  const replayAll = async (outcomes: readonly Outcome[]): Promise<Outcome | undefined> =>
    options.replay === false ? undefined : replay(worker(), outcomes);
  const chosen = seed === undefined ? Array.from({ length: seeds }, (_, index) => index) : [seed];
  const progress = new Progress(chosen.length);
  let faults = 0;
  let batch: Outcome[] = [];
  let batchSize = 1;
  try {
    for (const [index, one] of chosen.entries()) {
      progress.show(index, faults);
      const outcome = await run({ seed: one });
      let failed = outcome.failure && outcome;
      if (failed === undefined) batch.push(outcome);
      if (failed === undefined && (batch.length >= batchSize || index === chosen.length - 1)) {
        failed = await replayAll(batch);
        batch = [];
        // The start of a worker for replays takes longer than a run: they get larger, up to a limit.
        batchSize = Math.min(MOST_IN_BATCH, batchSize * 2);
      }
      if (failed !== undefined) {
        progress.clear();
        const foundAfterMs = performance.now() - start;
        throw new ExplorationError(await shrink(failed, run, replayAll), index + 1, foundAfterMs);
      }
      faults += outcome.schedule.filter((step) => step.fault !== undefined).length;
    }
  } finally {
    progress.clear();
  }
  return { runs: chosen.length, faults, durationMs: performance.now() - start };
}

/** The options of each run's worker, and whether workflows are to be seen by a debugger. */
interface WorkerFactory {
  worker: () => ExploreWorkerOptions;
  isDebugged: boolean;
}

/** Bundles workflows once, for the workers of all runs. */
async function workerFactory({ worker }: ExploreOptions): Promise<WorkerFactory> {
  const create = typeof worker === 'function' ? worker : () => worker;
  const { workflowsPath, workflowBundle, bundlerOptions, interceptors, dataConverter, debugMode } = create();
  const isDebugged = debugMode === true;
  if (workflowsPath === undefined || workflowBundle !== undefined) return { worker: create, isDebugged };
  const { bundleWorkflowCode } = await import('../../workflow/bundling/bundler.ts');
  const bundle = await bundleWorkflowCode({
    workflowsPath,
    workflowInterceptorModules: interceptors?.workflowModules,
    payloadConverterPath: dataConverter?.payloadConverterPath,
    failureConverterPath: dataConverter?.failureConverterPath,
    ...bundlerOptions,
  });
  const withBundle = { workflowsPath: undefined, bundlerOptions: undefined, workflowBundle: bundle };
  return { worker: () => ({ ...create(), ...withBundle }), isDebugged };
}

/** A line on a terminal that says how far it is. */
class Progress {
  readonly #isShown = process.stderr.isTTY === true;

  constructor(readonly total: number) {}

  show(done: number, faults: number): void {
    if (this.#isShown) process.stderr.write(`\r\x1b[Kexplored ${done} of ${this.total} seeds, ${faults} faults`);
  }

  clear(): void {
    if (this.#isShown) process.stderr.write('\r\x1b[K');
  }
}
