import { type Logger, type MetricMeter, SdkComponent } from '@temporalio/common';
import { LoggerWithComposedMetadata } from '@temporalio/common/lib/logger';
import type { LoggerSinks } from '@temporalio/workflow';
import type { LoggerSinksInternal, WorkflowLogger } from '@temporalio/workflow/lib/logs';
import type { MetricSinks } from '@temporalio/workflow/lib/metrics';
import type { InjectedSink, InjectedSinks } from './sinks.ts';

/**
 * The sinks behind `log` and `metricMeter` of workflow code. A user's sink named `defaultWorkerLogger`, the old name of
 * the logger sink, replaces the logger sink.
 */
export function defaultSinksOf(
  logger: Logger,
  metricMeter: MetricMeter,
  // biome-ignore lint/suspicious/noExplicitAny: sinks have any shape.
  userSinks: InjectedSinks<any> | undefined,
): InjectedSinks<LoggerSinksInternal & MetricSinks> {
  const userLogger = userSinks?.defaultWorkerLogger as InjectedSink<WorkflowLogger> | undefined;
  return { __temporal_logger: userLogger ?? loggerSink(logger), __temporal_metrics: metricsSink(metricMeter) };
}

/**
 * @deprecated The default sinks are always there. Set `Runtime.install({ logger })` to send workflow logs elsewhere.
 */
export function defaultSinks(logger?: Logger): InjectedSinks<LoggerSinks> {
  return (logger ? { defaultWorkerLogger: loggerSink(logger) } : {}) as InjectedSinks<LoggerSinks>;
}

function loggerSink(parent: Logger): InjectedSink<WorkflowLogger> {
  const logger = LoggerWithComposedMetadata.compose(parent, { sdkComponent: SdkComponent.workflow });
  return {
    trace: { fn: (_, message, attributes) => logger.trace(message, attributes) },
    debug: { fn: (_, message, attributes) => logger.debug(message, attributes) },
    info: { fn: (_, message, attributes) => logger.info(message, attributes) },
    warn: { fn: (_, message, attributes) => logger.warn(message, attributes) },
    error: { fn: (_, message, attributes) => logger.error(message, attributes) },
  };
}

/** Metrics by their definition. Workflow code sends the definition with each value, so the metrics are cached. */
function metricsSink(meter: MetricMeter): InjectedSinks<MetricSinks>['__temporal_metrics'] {
  const counter = kept((name, unit, description) => meter.createCounter(name, unit, description));
  const histograms = {
    int: kept((name, unit, description) => meter.createHistogram(name, 'int', unit, description)),
    float: kept((name, unit, description) => meter.createHistogram(name, 'float', unit, description)),
  };
  const gauges = {
    int: kept((name, unit, description) => meter.createGauge(name, 'int', unit, description)),
    float: kept((name, unit, description) => meter.createGauge(name, 'float', unit, description)),
  };
  return {
    addMetricCounterValue: {
      fn: (_, name, unit, description, value, tags) => counter(name, unit, description).add(value, tags),
    },
    recordMetricHistogramValue: {
      fn: (_, name, type, unit, description, value, tags) =>
        histograms[type](name, unit, description).record(value, tags),
    },
    setMetricGaugeValue: {
      fn: (_, name, type, unit, description, value, tags) => gauges[type](name, unit, description).set(value, tags),
    },
  };
}

type Create<M> = (name: string, unit: string | undefined, description: string | undefined) => M;

function kept<M>(create: Create<M>): Create<M> {
  const instruments = new Map<string, M>();
  return (name, unit, description) => {
    let instrument = instruments.get(name);
    if (instrument === undefined) {
      instrument = create(name, unit, description);
      instruments.set(name, instrument);
    }
    return instrument;
  };
}
