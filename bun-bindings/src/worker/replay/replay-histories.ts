import type { HistoryAndWorkflowId } from '@temporalio/client';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import { coresdk, temporal } from '@temporalio/proto';
import { DeterminismViolationError } from '@temporalio/workflow';
import { CombinedWorkerRunError, ShutdownError } from '../../errors.ts';
import type { Eviction } from '../../workflow/threads/task-runner.ts';
import { oneAhead } from './one-ahead.ts';
import type { ReplayEvictions } from './replay-evictions.ts';
import { ReplayError, type ReplayHistoriesIterable, type ReplayResult } from './replay-result.ts';

type History = temporal.api.history.v1.IHistory;

const { EvictionReason } = coresdk.workflow_activation.RemoveFromCache;

/** The part of a replay worker that {@link replayHistories} uses. */
export interface ReplayWorker {
  run(): Promise<void>;
  /** Pushes an encoded history. */
  push(workflowId: string, history: Uint8Array): Promise<void>;
  /** Pushes the JSON of a history. */
  pushJson(workflowId: string, json: Uint8Array): Promise<void>;
  /** Ends the run: there are no more histories. */
  end(): void;
}

/** A history that was pushed to the worker. */
interface HandedOver {
  workflowId: string;
  evicted: Promise<Eviction>;
}

/**
 * Pushes histories to a replay worker and yields the result of each, in order.
 *
 * The next history is read while one is replayed, so one more history may be read than results are consumed.
 */
export async function* replayHistories(
  worker: ReplayWorker,
  evictions: ReplayEvictions,
  histories: ReplayHistoriesIterable,
): AsyncGenerator<ReplayResult> {
  const run = worker.run();
  const runEnded = run.then(() => {
    throw new ShutdownError('Worker was shutdown');
  });
  runEnded.catch(() => undefined); // handled below
  /** Pushes a history when the worker has room for it. */
  const handOver = async ({ workflowId, history }: HistoryAndWorkflowId): Promise<HandedOver> => {
    const evicted = evictions.expect();
    await push(worker, workflowId, history);
    return { workflowId, evicted };
  };
  let inner: { error: unknown } | undefined;
  try {
    for await (const { workflowId, evicted } of oneAhead(histories, handOver)) {
      const eviction = await Promise.race([evicted, runEnded]);
      const { runId, places } = eviction;
      yield { workflowId, runId, error: replayErrorOf(eviction), ...(places && { places }) };
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

async function push(worker: ReplayWorker, workflowId: string, history: unknown): Promise<void> {
  if (typeof history !== 'object' || history === null) {
    throw new TypeError(`Expected a non-null history object, got ${history === null ? 'null' : typeof history}`);
  }
  const { events } = history as { events?: { eventId?: unknown; eventType?: unknown }[] };
  if (!Array.isArray(events) || events.length === 0) throw new TypeError('Expected a history object with events');
  const { eventId, eventType } = events[0] ?? {};
  // Event ids are strings in the JSON of a history, and numbers in a decoded one.
  if (typeof eventId !== 'string') await worker.push(workflowId, encode(history));
  // The native side parses JSON several times faster, but does not know the old names of event types.
  else if (!String(eventType).startsWith('EVENT_TYPE_'))
    await worker.push(workflowId, encode(historyFromJSON(history)));
  else await worker.pushJson(workflowId, new TextEncoder().encode(JSON.stringify(history)));
}

function encode(history: History): Uint8Array {
  return temporal.api.history.v1.History.encode(history).finish();
}

/** Maps an eviction to a replay error. The reason tells whether the history ended or the replay failed. */
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
