import type { ExploreWorkerOptions } from './options.ts';
import type { Outcome } from './outcome.ts';

/** Replays the histories of runs that have passed, with one worker. Returns the first run that does not replay. */
export async function replay(
  options: ExploreWorkerOptions,
  outcomes: readonly Outcome[],
): Promise<Outcome | undefined> {
  // Loaded on demand: most tests that use an environment explore nothing.
  const { WorkerRuntime } = await import('../../worker/worker.ts');
  const { workflowsPath, workflowBundle, interceptors, dataConverter, sinks, bundlerOptions } = options;
  const replayOptions = {
    ...{ workflowsPath, workflowBundle, interceptors, dataConverter, sinks, bundlerOptions },
    // In the isolates that the runs have had.
    debugMode: true,
  };
  const recorded = outcomes.flatMap((outcome) => outcome.histories.map((history) => ({ outcome, history })));
  const histories = recorded.map(({ history }) => history).filter(({ history }) => history.events?.length);
  const results = WorkerRuntime.runReplayHistories(replayOptions, histories);
  for await (const { workflowId, runId, error } of results) {
    const outcome = recorded.find(({ history }) => history.runId === runId)?.outcome;
    if (error === undefined || outcome === undefined) continue;
    const failure = new Error(`${workflowId} does not replay: ${error.message}`, { cause: error });
    return { ...outcome, failure, failedInReplay: true };
  }
  return undefined;
}
