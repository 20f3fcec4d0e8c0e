export type { LogFormat } from './log-format.ts';
export {
  DefaultLogger,
  type LogEntry,
  type Logger,
  type LogLevel,
  type LogMetadata,
  LogTimestamp,
} from './logger.ts';
export { type BufferedMetricUpdate, MetricsBuffer, type MetricsBufferOptions } from './metrics-buffer.ts';
export { Runtime } from './runtime.ts';
export {
  type BufferedMetricsExporter,
  type CompiledRuntimeOptions,
  type ConsoleLogger,
  type CoreLogFilterOptions,
  type ForwardLogger,
  type LogExporterConfig,
  type MetricsExporterConfig,
  makeTelemetryFilterString,
  type OtelCollectorExporter,
  type PrometheusMetricsExporter,
  type RuntimeOptions,
  type TelemetryOptions,
} from './runtime-options.ts';
