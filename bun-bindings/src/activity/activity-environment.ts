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
  /** Whether the logger may write DEBUG lines. */
  readonly debugEnabled: boolean;
  /** The worker's meter. */
  readonly metricMeter: MetricMeter;
  /**
   * Returns `Context.client`, created at the first call because its library is large. Undefined without a connection.
   */
  client(): Client | undefined;
  /**
   * Runs `fn`. Calls of the client that are in progress when `signal` aborts are cancelled. Later calls are not, so
   * that a cancelled handler can clean up.
   */
  withCancellation<R>(signal: AbortSignal, fn: () => Promise<R>): Promise<R>;
}
