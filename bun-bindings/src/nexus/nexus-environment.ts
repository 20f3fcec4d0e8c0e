import type { Client } from '@temporalio/client';
import type { LoadedDataConverter, Logger, MetricMeter } from '@temporalio/common';
import type { NexusInterceptorsFactory } from '../interceptors.ts';
import type { ServiceRegistry } from './service-registry.ts';

/** The parts that all Nexus handlers of one worker share. */
export interface NexusEnvironment {
  readonly namespace: string;
  readonly taskQueue: string;
  readonly services: ServiceRegistry;
  readonly dataConverter: LoadedDataConverter;
  readonly interceptors: readonly NexusInterceptorsFactory[];
  /** The worker's logger. */
  readonly logger: Logger;
  /** The worker's meter. */
  readonly metricMeter: MetricMeter;
  /** Returns the client of `getClient()`, made at the first call because its library is large. */
  client(): Client;
  /**
   * Runs `fn` so that calls of that client which are under way when `signal` aborts end with it. Later ones go through: a
   * handler that is cancelled may have to clean up.
   */
  withCancellation<R>(signal: AbortSignal, fn: () => Promise<R>): Promise<R>;
}
