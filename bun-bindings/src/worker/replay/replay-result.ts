import type { HistoryAndWorkflowId } from '@temporalio/client';
import { SymbolBasedInstanceOfError } from '@temporalio/common/lib/type-helpers';
import type { DeterminismViolationError } from '@temporalio/workflow';

/** A history could not be replayed for a reason other than nondeterminism. */
@SymbolBasedInstanceOfError('ReplayError')
export class ReplayError extends Error {}

/** The result of the replay of one history. `error` is absent if it succeeded. */
export interface ReplayResult {
  readonly workflowId: string;
  readonly runId: string;
  readonly error?: ReplayError | DeterminismViolationError;
}

/** Histories to replay, with their workflow ids. */
export type ReplayHistoriesIterable = AsyncIterable<HistoryAndWorkflowId> | Iterable<HistoryAndWorkflowId>;
