import type { HistoryAndWorkflowId } from '@temporalio/client';
import { SymbolBasedInstanceOfError } from '@temporalio/common/lib/type-helpers';
import type { DeterminismViolationError } from '@temporalio/workflow';

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
