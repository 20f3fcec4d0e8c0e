import type { HistoryAndWorkflowId } from '@temporalio/client';
import { SymbolBasedInstanceOfError } from '@temporalio/common/lib/type-helpers';
import { coresdk } from '@temporalio/proto';
import { DeterminismViolationError } from '@temporalio/workflow';

/** A history could not be replayed, for another reason than nondeterminism. */
@SymbolBasedInstanceOfError('ReplayError')
export class ReplayError extends Error {}

/** How the replay of one history ended; without `error`, well. */
export interface ReplayResult {
  readonly workflowId: string;
  readonly runId: string;
  readonly error?: ReplayError | DeterminismViolationError;
}

/** Histories to replay, with the ids of their workflows. */
export type ReplayHistoriesIterable = AsyncIterable<HistoryAndWorkflowId> | Iterable<HistoryAndWorkflowId>;

const { EvictionReason } = coresdk.workflow_activation.RemoveFromCache;

/** A replayed run is evicted when its history is through, or cannot go on: the reason says which. */
export function replayErrorOf(
  eviction: coresdk.workflow_activation.IRemoveFromCache,
): ReplayError | DeterminismViolationError | undefined {
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
        `Replay failed due to internal SDK issue. Code: ${EvictionReason[eviction.reason ?? 0]}, Details: ${eviction.message}`,
      );
  }
}
