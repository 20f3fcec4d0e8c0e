import type { HistoryAndWorkflowId } from '@temporalio/client';
import { SymbolBasedInstanceOfError } from '@temporalio/common/lib/type-helpers';
import type { DeterminismViolationError } from '@temporalio/workflow';
import type { CodePlaces } from '../../workflow/sandbox/inside/code-places.ts';

/** A history could not be replayed for a reason other than nondeterminism. */
@SymbolBasedInstanceOfError('ReplayError')
export class ReplayError extends Error {}

/** The result of the replay of one history. `error` is absent if it succeeded. */
export interface ReplayResult {
  readonly workflowId: string;
  readonly runId: string;
  readonly error?: ReplayError | DeterminismViolationError;
  /** Where the workflow was in its code when the replay failed, if that is known. */
  readonly places?: CodePlaces;
}

/** Histories to replay, with their workflow ids. */
export type ReplayHistoriesIterable = AsyncIterable<HistoryAndWorkflowId> | Iterable<HistoryAndWorkflowId>;
