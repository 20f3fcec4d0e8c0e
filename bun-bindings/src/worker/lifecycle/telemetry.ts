import { type Logger, type LogLevel, SdkComponent } from '@temporalio/common';
import { LoggerWithComposedMetadata } from '@temporalio/common/lib/logger';
import { DefaultLogger, type Runtime } from '../../runtime/index.ts';
import type { WorkerOptions } from '../options/worker-options.ts';

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
export function minLogLevel(
  { options: { logger } }: Runtime,
  { sinks }: Pick<WorkerOptions, 'sinks'>,
): LogLevel | undefined {
  return sinks?.defaultWorkerLogger === undefined ? levelOf(logger) : undefined;
}

/** Whether lines of level DEBUG may go anywhere. For activities they take a tenth of the main thread's time. */
export function debugEnabled(logger: Logger): boolean {
  return ['TRACE', 'DEBUG', undefined].includes(levelOf(logger));
}

/** The level below which a logger is known to drop lines. */
function levelOf(logger: Logger): LogLevel | undefined {
  return logger.constructor === DefaultLogger ? (logger as DefaultLogger).level : undefined;
}
