import { type LogLevel, SdkComponent } from '@temporalio/common';
import { LoggerWithComposedMetadata } from '@temporalio/common/lib/logger';
import { DefaultLogger, type Runtime } from '../runtime/index.ts';
import type { WorkerOptions } from './worker-options.ts';

/** The runtime's logger and meter, with what tells a worker from others. */
export function telemetryOf(runtime: Runtime, { namespace = 'default', taskQueue }: WorkerOptions) {
  return {
    logger: LoggerWithComposedMetadata.compose(runtime.logger, { sdkComponent: SdkComponent.worker, taskQueue }),
    metricMeter: runtime.metricMeter.withTags({ namespace, taskQueue }),
  };
}

/**
 * The level below which what workflows log need not leave their thread. Undefined if all of it must: only the default
 * logger, behind the default sink, is known to drop lines.
 */
export function leastLogLevel(
  { options: { logger } }: Runtime,
  { sinks }: Pick<WorkerOptions, 'sinks'>,
): LogLevel | undefined {
  const isDefault = logger.constructor === DefaultLogger && sinks?.defaultWorkerLogger === undefined;
  return isDefault ? (logger as DefaultLogger).level : undefined;
}
