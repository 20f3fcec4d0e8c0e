import type { Client } from '@temporalio/client';
import type { LoadedDataConverter, Logger, MetricMeter } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '../interceptors.ts';
import type { ActivityRegistry } from './activity-registry.ts';

/** The parts that all activities of one worker share. */
export interface ActivityEnvironment {
  readonly namespace: string;
  readonly taskQueue: string;
  readonly activities: ActivityRegistry;
  readonly dataConverter: LoadedDataConverter;
  readonly interceptors: readonly ActivityInterceptorsFactory[];
  /** The worker's logger. */
  readonly logger: Logger;
  /** Whether it may keep lines of level DEBUG. */
  readonly debugEnabled: boolean;
  /** The worker's meter. */
  readonly metricMeter: MetricMeter;
  /** `Context.client`, made when it is first asked for: its library is large. Undefined without a connection. */
  client(): Client | undefined;
  /**
   * Runs `fn` so that calls of that client which are under way when `signal` aborts end with it. Later ones go through: a
   * handler that is cancelled may have to clean up.
   */
  withCancellation<R>(signal: AbortSignal, fn: () => Promise<R>): Promise<R>;
}
