import { type ActivityCancellationDetails, CancelledFailure } from '@temporalio/common';
import type { ActivityCancellationDetailsHolder } from '@temporalio/common/lib/activity-cancellation-details';
import type { coresdk } from '@temporalio/proto';

/** The reason of a cancellation. */
export type CancelReason =
  | keyof typeof coresdk.activity_task.ActivityCancelReason
  | 'HEARTBEAT_DETAILS_CONVERSION_FAILED';

/** The cancellation of an activity. Only the first request counts. */
export class ActivityCancellation {
  readonly #controller = new AbortController();
  readonly #cancelled = Promise.withResolvers<never>();
  readonly details: ActivityCancellationDetailsHolder = {};
  #reason: CancelReason | undefined;

  constructor() {
    this.#cancelled.promise.catch(() => undefined); // an activity may ignore it
  }

  /** The reason of the request. Undefined if none was made. */
  get reason(): CancelReason | undefined {
    return this.#reason;
  }

  /** Rejects with a CancelledFailure when cancellation is requested. Never resolves. */
  get cancelled(): Promise<never> {
    return this.#cancelled.promise;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  request(reason: CancelReason, details: ActivityCancellationDetails): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.details.details = details;
    const failure = new CancelledFailure(reason);
    this.#controller.abort(failure);
    this.#cancelled.reject(failure);
  }
}
