import type { temporal } from '@temporalio/proto';
import type { Eviction } from '../../workflow/threads/task-runner.ts';
import type { RecordedHistory } from './outcome.ts';

type Events = temporal.api.history.v1.IHistoryEvent[] | null | undefined;

/** Reasons of evictions upon a workflow task that has failed: NONDETERMINISM, LANG_FAIL and FATAL of `EvictionReason`. */
const OF_FAILED_TASKS = [3, 4, 8];

/**
 * Waits for a workflow task that fails: it is tried again for ever. The server writes down the first attempt only, so it is the
 * worker that tells.
 */
export class TaskFailures {
  readonly #first = Promise.withResolvers<never>();
  #failed: Eviction | undefined;

  constructor() {
    this.first.catch(() => undefined); // the body may have ended before
  }

  /** Rejects with the first failure. */
  get first(): Promise<never> {
    return this.#first.promise;
  }

  /** Told of each run that leaves the worker's cache. */
  evicted(eviction: Eviction): void {
    if (!OF_FAILED_TASKS.includes(eviction.reason)) return;
    this.#failed ??= eviction;
    this.#first.reject(new Error(eviction.message));
  }

  /** The failure of a workflow task: the code threw something else than a failure, or does not fit its history. */
  failureIn(histories: readonly RecordedHistory[]): Error | undefined {
    for (const { workflowId, history } of histories) {
      const message = failureMessage(history.events) ?? this.#messageOf(workflowId, histories);
      if (message !== undefined) return new Error(`A workflow task of ${workflowId} failed: ${message}`);
    }
    return undefined;
  }

  #messageOf(workflowId: string, histories: readonly RecordedHistory[]): string | undefined {
    const failed = histories.find(({ runId }) => runId === this.#failed?.runId);
    return failed?.workflowId === workflowId ? this.#failed?.message : undefined;
  }
}

function failureMessage(events: Events): string | undefined {
  for (const { workflowTaskFailedEventAttributes: failed } of events ?? []) {
    if (failed?.failure?.message) return failed.failure.message;
  }
  return undefined;
}
