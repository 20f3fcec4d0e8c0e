import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import { coresdk, temporal } from '@temporalio/proto';
import { DeterminismViolationError } from '@temporalio/workflow';
import { CombinedWorkerRunError, ShutdownError } from '../../errors.ts';
import type { Eviction } from '../../workflow/threads/task-runner.ts';
import type { ReplayEvictions } from './replay-evictions.ts';
import { ReplayError, type ReplayHistoriesIterable, type ReplayResult } from './replay-result.ts';

type History = temporal.api.history.v1.IHistory;

const { EvictionReason } = coresdk.workflow_activation.RemoveFromCache;

/** The part of a replay worker that {@link replayHistories} uses. */
export interface ReplayWorker {
  run(): Promise<void>;
  /** Hands over an encoded history. */
  push(workflowId: string, history: Uint8Array): Promise<void>;
  /** Hands over a history's JSON. */
  pushJson(workflowId: string, json: Uint8Array): Promise<void>;
  /** No more histories: ends the run. */
  end(): void;
}

/** A history that the worker has. */
interface HandedOver {
  workflowId: string;
  evicted: Promise<Eviction>;
}

/**
 * Hands histories to a replay worker, and yields how the replay of each went, in their order.
 *
 * While one is replayed the next is read, so one more may be taken from `histories` than results are asked for.
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
  runEnded.catch(() => undefined); // looked at below
  let inner: { error: unknown } | undefined;
  try {
    for await (const { workflowId, evicted } of oneAhead(handOver(worker, evictions, histories))) {
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

/** The same values; each is asked for while the one before it is used. */
async function* oneAhead<T>(source: AsyncGenerator<T, void>): AsyncGenerator<T, void> {
  try {
    let next = source.next();
    for (let result = await next; !result.done; result = await next) {
      next = source.next();
      next.catch(() => undefined); // its turn comes when the value before it was used
      yield result.value;
    }
  } finally {
    await source.return();
  }
}

/** Hands over one history after the other, each when the worker has room for it. */
async function* handOver(
  worker: ReplayWorker,
  evictions: ReplayEvictions,
  histories: ReplayHistoriesIterable,
): AsyncGenerator<HandedOver, void> {
  for await (const { workflowId, history } of histories) {
    const evicted = evictions.expect();
    await push(worker, workflowId, history);
    yield { workflowId, evicted };
  }
}

async function push(worker: ReplayWorker, workflowId: string, history: unknown): Promise<void> {
  if (typeof history !== 'object' || history === null) {
    throw new TypeError(`Expected a non-null history object, got ${history === null ? 'null' : typeof history}`);
  }
  const { events } = history as { events?: { eventId?: unknown; eventType?: unknown }[] };
  if (!Array.isArray(events) || events.length === 0) throw new TypeError('Expected a history object with events');
  const { eventId, eventType } = events[0] ?? {};
  // Ids of events are text in a history's JSON, and numbers otherwise.
  if (typeof eventId !== 'string') await worker.push(workflowId, encode(history));
  // The native side reads JSON several times faster, but not the names that old tools gave to types of events.
  else if (!String(eventType).startsWith('EVENT_TYPE_'))
    await worker.push(workflowId, encode(historyFromJSON(history)));
  else await worker.pushJson(workflowId, new TextEncoder().encode(JSON.stringify(history)));
}

function encode(history: History): Uint8Array {
  return temporal.api.history.v1.History.encode(history).finish();
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
