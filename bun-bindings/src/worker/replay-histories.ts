import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import { coresdk, temporal } from '@temporalio/proto';
import { DeterminismViolationError } from '@temporalio/workflow';
import type { Eviction } from '../workflow/thread/task-runner.ts';
import { CombinedWorkerRunError, ShutdownError } from './errors.ts';
import type { ReplayEvictions } from './replay-evictions.ts';
import { ReplayError, type ReplayHistoriesIterable, type ReplayResult } from './replay-result.ts';

type History = temporal.api.history.v1.IHistory;

const { EvictionReason } = coresdk.workflow_activation.RemoveFromCache;

/** What {@link replayHistories} needs of a replay worker. */
export interface ReplayWorker {
  run(): Promise<void>;
  /** Hands over an encoded history. */
  push(workflowId: string, history: Uint8Array): Promise<void>;
  /** No more histories: ends the run. */
  end(): void;
}

/** Hands one history after the other to a replay worker, and yields how its replay went. */
export async function* replayHistories(
  worker: ReplayWorker,
  evictions: ReplayEvictions,
  histories: ReplayHistoriesIterable,
): AsyncGenerator<ReplayResult> {
  const run = worker.run();
  const runEnded = run.then(() => {
    throw new ShutdownError('Worker was shutdown');
  });
  runEnded.catch(() => undefined); // looked at below
  let inner: { error: unknown } | undefined;
  try {
    for await (const { workflowId, history } of histories) {
      const evicted = evictions.expect();
      await worker.push(workflowId, temporal.api.history.v1.History.encode(toHistory(history)).finish());
      const eviction = await Promise.race([evicted, runEnded]);
      yield { workflowId, runId: eviction.runId, error: replayErrorOf(eviction) };
    }
  } catch (error) {
    inner = { error };
  } finally {
    worker.end();
    const [ended] = await Promise.allSettled([run]);
    if (ended.status === 'rejected') {
      const workerError: unknown = ended.reason;
      if (inner === undefined || inner.error === workerError) inner = { error: workerError };
      else {
        const cause = { workerError, innerError: inner.error };
        inner = { error: new CombinedWorkerRunError('Worker run failed with inner error', { cause }) };
      }
    }
  }
  if (inner !== undefined) throw inner.error;
}

/** A history as an object; ids of events are text in a history's JSON, and numbers otherwise. */
function toHistory(history: unknown): History {
  if (typeof history !== 'object' || history === null) {
    throw new TypeError(`Expected a non-null history object, got ${history === null ? 'null' : typeof history}`);
  }
  const { events } = history as { events?: { eventId?: unknown }[] };
  if (!Array.isArray(events) || events.length === 0) throw new TypeError('Expected a history object with events');
  return typeof events[0]?.eventId === 'string' ? historyFromJSON(history) : (history as History);
}

/** A replayed run is evicted when its history is through, or cannot go on: the reason says which. */
function replayErrorOf(eviction: Eviction): ReplayError | DeterminismViolationError | undefined {
  switch (eviction.reason) {
    case EvictionReason.LANG_REQUESTED: // core makes room for a history with the same run id
    case EvictionReason.CACHE_FULL: // the next history came
      return undefined;
    case EvictionReason.NONDETERMINISM:
      return new DeterminismViolationError(
        'Replay failed with a nondeterminism error. This means that the workflow code as written ' +
          `is not compatible with the history that was fed in. Details: ${eviction.message}`,
      );
    case EvictionReason.LANG_FAIL:
      return new ReplayError(`Replay failed due workflow task failure. Details: ${eviction.message}`);
    default:
      return new ReplayError(
        `Replay failed due to internal SDK issue. Code: ${EvictionReason[eviction.reason]}, Details: ${eviction.message}`,
      );
  }
}
