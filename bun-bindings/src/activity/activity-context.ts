import { Context, type Info } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { Logger, MetricMeter } from '@temporalio/common';
import type { ActivityCancellation } from './activity-cancellation.ts';

/** The context of an activity that a worker runs. Its client is created on first access. */
export class WorkerActivityContext extends Context {
  readonly #makeClient: () => Client | undefined;

  constructor(parts: {
    info: Info;
    cancellation: ActivityCancellation;
    heartbeat: (details?: unknown) => void;
    client: () => Client | undefined;
    logger: Logger;
    metricMeter: MetricMeter;
  }) {
    const { info, cancellation, heartbeat, logger, metricMeter } = parts;
    super(
      info,
      cancellation.cancelled,
      cancellation.signal,
      heartbeat,
      undefined,
      logger,
      metricMeter,
      cancellation.details,
    );
    this.#makeClient = parts.client;
  }

  override get client(): Client {
    return this.#makeClient() ?? super.client; // the base class throws
  }
}
