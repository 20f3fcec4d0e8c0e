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
  /** Returns the client of `getClient()`, created at the first call because its library is large. */
  client(): Client;
  /**
   * Runs `fn`. Calls of the client that are in progress when `signal` aborts are cancelled. Later calls are not, so
   * that a cancelled handler can clean up.
   */
  withCancellation<R>(signal: AbortSignal, fn: () => Promise<R>): Promise<R>;
}
