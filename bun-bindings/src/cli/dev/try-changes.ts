import type { ReplayOutcome } from '../replay/replay-report.ts';
import type { RunningWorker } from './worker-child.ts';

/** The outcome of trying changed workflows with the histories of those that run. */
export interface Tried {
  /** How many histories the code fits. */
  fits: number;
  /** Workflows that the code would break. */
  broken: ReplayOutcome[];
  /** Why the code could not be tried, such as an error of syntax. */
  failure?: string;
}

/** Code to replay with, and the place of the histories. */
export interface TrialOptions {
  address: string;
  /** The most workflows to replay for each worker. */
  limit: number;
  signal: AbortSignal;
}

/** Replays the running workflows of a worker's task queue with its workflow code as it is now, in a process of its own. */
export async function tryChanges(
  { taskQueue, namespace, workflowsPath }: RunningWorker,
  { address, limit, signal }: TrialOptions,
): Promise<Tried> {
  if (workflowsPath === undefined) return { fits: 0, broken: [] };
  const query = `TaskQueue = '${taskQueue.replaceAll("'", "''")}' AND ExecutionStatus = 'Running'`;
  const selection = ['--query', query, '--limit', String(limit), '--address', address, '--namespace', namespace];
  const replay = Bun.spawn(
    [process.execPath, Bun.main, 'replay', '--json', '--workflows', workflowsPath, ...selection],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      signal,
    },
  );
  const [output, errors] = await Promise.all([replay.stdout.text(), replay.stderr.text()]);
  await replay.exited;
  // Without a result the code could not be bundled, or the server is gone.
  if (output === '') return { fits: 0, broken: [], failure: errors.trim().replace(/^error: /, '') };
  const { ok, outcomes } = JSON.parse(output) as { ok: number; outcomes: ReplayOutcome[] };
  return { fits: ok, broken: outcomes.filter(({ result }) => result !== 'ok') };
}
