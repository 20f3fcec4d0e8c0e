import { type Logger, type LogLevel, type MetricMeter, SdkComponent } from '@temporalio/common';
import { LoggerWithComposedMetadata } from '@temporalio/common/lib/logger';
import { DefaultLogger, type Runtime } from '../../runtime/index.ts';
import type { WorkerOptions } from '../options/worker-options.ts';

/** Adds the attributes of a worker to the runtime's logger and meter. User code records with the meter. */
export function telemetryOf(runtime: Runtime, { namespace = 'default', taskQueue }: WorkerOptions) {
  return {
    logger: LoggerWithComposedMetadata.compose(runtime.logger, { sdkComponent: SdkComponent.worker, taskQueue }),
    metricMeter: runtime.metricMeter.withTags({ namespace, taskQueue }),
  };
}

/** The meter of the worker's own metrics. Their tags are named as those of core's metrics. */
export function ownMetricMeter(
  runtime: Runtime,
  { namespace = 'default', taskQueue }: Pick<WorkerOptions, 'namespace' | 'taskQueue'>,
): MetricMeter {
  return runtime.metricMeter.withTags({ namespace, task_queue: taskQueue });
}

/**
 * The lowest level of workflow log lines that must leave the workflow thread. Undefined if all lines must: only the
 * default logger behind the default sink is known to drop lines.
 */
export function minLogLevel(
  { options: { logger } }: Runtime,
  { sinks }: Pick<WorkerOptions, 'sinks'>,
): LogLevel | undefined {
  return sinks?.defaultWorkerLogger === undefined ? levelOf(logger) : undefined;
}

/** Whether DEBUG lines may be written at all. For activities they would take a tenth of the main thread's time. */
export function debugEnabled(logger: Logger): boolean {
  return ['TRACE', 'DEBUG', undefined].includes(levelOf(logger));
}

/** The level below which a logger drops lines. Undefined if that is not known. */
function levelOf(logger: Logger): LogLevel | undefined {
  return logger.constructor === DefaultLogger ? (logger as DefaultLogger).level : undefined;
}
