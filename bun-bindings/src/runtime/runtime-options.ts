import { fstatSync } from 'node:fs';
import type { Logger, LogLevel } from '@temporalio/common';
import { type Duration, msToNumber } from '@temporalio/common/lib/time';
import type {
  NativeBufferConfig,
  NativeOtlpConfig,
  NativePrometheusConfig,
  NativeRuntimeConfig,
} from '../native/runtime.ts';
import { checkOptions, checks } from '../option-checks.ts';
import { LOG_FORMATS, type LogFormat } from './log-format.ts';
import { DefaultLogger, severities, stderrWriter } from './logger.ts';
import { MetricsBuffer } from './metrics-buffer.ts';

/** Options of the runtime, which all workers and connections of a process share. */
export interface RuntimeOptions {
  /**
   * The logger of the SDK, of workflows and of activities. Default: lines of the level that the variable
   * `TEMPORAL_LOG_LEVEL` names and above to stderr; INFO if it is not set.
   */
  logger?: Logger;
  /**
   * The form of lines on stderr, in the place of a {@link logger}: an object of JSON for each, one line for the eye, or
   * several. Lines of the native part come in the same form, of the level that `TEMPORAL_LOG_LEVEL` names; WARN and above
   * if it is not set. Only terminals get colours.
   */
  logFormat?: LogFormat;
  /** The log and the metrics of the native part. */
  telemetryOptions?: TelemetryOptions;
  /**
   * Interval of worker heartbeats to the server: 1 s to 60 s, as a number of ms or an ms string; 0: none. Default: 60
   * s.
   */
  workerHeartbeatInterval?: Duration;
  /**
   * Signals that shut all workers down. A second signal ends the process at once with code 128 + the signal's number.
   * The same one again within half a second counts as one: `bun run` passes on what the terminal has sent already.
   * Default: SIGINT, SIGTERM, SIGQUIT and SIGUSR2.
   */
  shutdownSignals?: NodeJS.Signals[];
}

export interface TelemetryOptions {
  /** @deprecated Use `logging.filter`. */
  tracingFilter?: string;
  /** @deprecated Use `metrics.metricPrefix`. */
  noTemporalPrefixForMetrics?: boolean;
  /** The log of the native part. Default: WARN and above to the console, in colours if it is a terminal. */
  logging?: LogExporterConfig;
  /** Where metrics go. Default: nowhere; with a worker's `healthServer`, to its `/metrics`. */
  metrics?: MetricsExporterConfig;
  /** @deprecated Ignored. */
  tracing?: unknown;
}

/** The filter and the destination of the native part's log. */
export type LogExporterConfig = {
  /**
   * Levels, or a filter string of Rust's `tracing_subscriber::EnvFilter`. Default: WARN for core, ERROR for the rest.
   */
  filter?: string | CoreLogFilterOptions;
} & Partial<ConsoleLogger | ForwardLogger>;

/** Writes lines directly to the console. */
export interface ConsoleLogger {
  console: { format?: 'compact' | 'pretty' | 'json' };
}

/**
 * Passes lines to the logger of the {@link RuntimeOptions}. That logger then gets all lines with a delay of 100 ms, so
 * that lines of the native part and others are in the order of time.
 */
export interface ForwardLogger {
  forward: {
    /** @deprecated Use `filter`. */
    level?: LogLevel;
  };
}

export interface CoreLogFilterOptions {
  /** The level of Temporal's core. */
  core: LogLevel;
  /** The level of the libraries that core uses. Default: ERROR. */
  other?: LogLevel;
}

/** The exporter of metrics, and settings for all metrics. */
export type MetricsExporterConfig = {
  /** @deprecated Use `otel.temporality`. */
  temporality?: 'cumulative' | 'delta';
  /** Prefix of the names of core's metrics. Default: `temporal_`. */
  metricPrefix?: string;
  globalTags?: Record<string, string>;
  /** Whether each metric carries the service name. Default: true. */
  attachServiceName?: boolean;
} & (PrometheusMetricsExporter | OtelCollectorExporter | BufferedMetricsExporter);

/** Buffers metrics for the program to export. */
export interface BufferedMetricsExporter {
  buffer: MetricsBuffer;
}

/** Sends metrics to an OpenTelemetry collector. */
export interface OtelCollectorExporter {
  otel: {
    /** A http(s):// or grpc(s):// URL. For HTTP it includes the path: `http://host:4318/v1/metrics`. */
    url: string;
    /** Whether to speak OTLP over HTTP rather than gRPC. Default: false. */
    http?: boolean;
    headers?: Record<string, string>;
    /** A number of ms, or an ms string. Default: 1 s. */
    metricsExportInterval?: Duration;
    /** Default: false, durations are in ms. */
    useSecondsForDurations?: boolean;
    /** Default: cumulative. */
    temporality?: 'cumulative' | 'delta';
    /** Bucket boundaries by metric name. */
    histogramBucketOverrides?: Record<string, number[]>;
  };
}

/** Serves metrics to Prometheus, at `/metrics`. */
export interface PrometheusMetricsExporter {
  prometheus: {
    /**
     * `host:port`; the host is an IP address. Port 0 is any free port: for the `/metrics` of a worker's `healthServer`,
     * which knows it.
     */
    bindAddress: string;
    /** Default: false. */
    countersTotalSuffix?: boolean;
    /** Default: false. */
    unitSuffix?: boolean;
    /** Default: false, durations are in ms. */
    useSecondsForDurations?: boolean;
    /** Bucket boundaries by metric name. */
    histogramBucketOverrides?: Record<string, number[]>;
  };
}

/** Options with all defaults filled in. */
export interface CompiledRuntimeOptions {
  /** The user's logger, or the default logger. */
  logger: Logger;
  shutdownSignals: NodeJS.Signals[];
  /** Whether the native part's log is passed to the logger. */
  forwardsLogs: boolean;
  /** Whether the native part's log is printed by this one, since the native part itself would print it in colours. */
  printsCoreLogs: boolean;
  /** Whether metrics are exported or buffered. */
  exportsMetrics: boolean;
  /** `host:port` of the Prometheus exporter, if there is one. */
  prometheusAddress?: string;
  /** The buffer of metrics, if they are not exported. */
  metricsBuffer?: MetricsBuffer;
  native: NativeRuntimeConfig;
}

/** Builds a filter string for the native part's log from levels. */
export function makeTelemetryFilterString({ core, other = 'ERROR' }: CoreLogFilterOptions): string {
  const crates = ['temporalio_common', 'temporalio_sdk_core', 'temporalio_client', 'temporalio_sdk'];
  return [other, ...crates.map((crate) => `${crate}=${core}`), `temporal_bun_bridge=${core}`].join(',');
}

/** The options that the fields of the bridge's configuration are made from. */
export const OPTION_OF_FIELD = {
  'telemetry.metrics.otlp.url': 'telemetryOptions.metrics.otel.url',
  'telemetry.metrics.prometheus.bindAddress': 'telemetryOptions.metrics.prometheus.bindAddress',
};

/** Whether a file descriptor is a terminal's. What tells that takes a while to load, so devices alone are asked. */
function isTerminal(descriptor: number): boolean {
  try {
    if (!fstatSync(descriptor).isCharacterDevice()) return false;
  } catch {
    return false; // closed
  }
  const { isatty } = require('node:tty') as typeof import('node:tty');
  return isatty(descriptor);
}

export function compileRuntimeOptions(options: RuntimeOptions): CompiledRuntimeOptions {
  const telemetry = options.telemetryOptions ?? {};
  const { metrics } = telemetry;
  const logging = loggingOf(options);
  const forward = 'forward' in logging ? logging.forward : undefined;
  const console = 'console' in logging ? logging.console : undefined;
  const printsCoreLogs = forward === undefined && console === undefined && !isTerminal(1);
  const heartbeatMs = options.workerHeartbeatInterval;
  const nativeMetrics = metrics && nativeMetricsOf(metrics);
  return {
    logger:
      options.logger ?? new DefaultLogger(levelOfEnvironment() ?? 'INFO', stderrWriter(options.logFormat ?? 'pretty')),
    shutdownSignals: options.shutdownSignals ?? ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGUSR2'],
    forwardsLogs: forward !== undefined,
    printsCoreLogs,
    exportsMetrics: metrics !== undefined,
    prometheusAddress:
      nativeMetrics && 'prometheus' in nativeMetrics ? nativeMetrics.prometheus.bindAddress : undefined,
    metricsBuffer: metrics && 'buffer' in metrics ? metrics.buffer : undefined,
    native: {
      hostRuntime: { name: 'bun', version: Bun.version },
      workerHeartbeatIntervalMs: heartbeatMs === undefined ? undefined : msToNumber(heartbeatMs),
      telemetry: {
        logging: {
          filter: logFilter(logging.filter, forward?.level, telemetry.tracingFilter),
          forward: forward !== undefined || printsCoreLogs,
          format: console?.format,
        },
        attachServiceName: metrics?.attachServiceName,
        metricPrefix: metrics?.metricPrefix ?? (telemetry.noTemporalPrefixForMetrics ? '' : undefined),
        metrics: nativeMetrics,
      },
    },
  };
}

/** Returns options without metrics with an exporter for Prometheus, on a free port of 127.0.0.1. */
export function servingMetrics(options: CompiledRuntimeOptions): CompiledRuntimeOptions {
  const bindAddress = withFreePort('127.0.0.1:0');
  const telemetry = { ...options.native.telemetry, metrics: { prometheus: { bindAddress } } };
  return {
    ...options,
    exportsMetrics: true,
    prometheusAddress: bindAddress,
    native: { ...options.native, telemetry },
  };
}

/** The options of the native part's log. With a format of ours its lines come to our logger, unless it says otherwise. */
function loggingOf({ logger, logFormat, telemetryOptions }: RuntimeOptions): LogExporterConfig {
  const given = telemetryOptions?.logging ?? {};
  if (logFormat === undefined) return given;
  checkOptions('RuntimeOptions', { logFormat }, { logFormat: checks.oneOf(LOG_FORMATS) });
  if (logger !== undefined) throw new TypeError('Cannot set both RuntimeOptions.logger and RuntimeOptions.logFormat');
  if ('console' in given) {
    throw new TypeError('Cannot set both RuntimeOptions.logFormat and telemetryOptions.logging.console');
  }
  const core = levelOfEnvironment();
  return { filter: core && !telemetryOptions?.tracingFilter ? { core } : undefined, forward: {}, ...given };
}

/** The level that `TEMPORAL_LOG_LEVEL` names, in capitals or not. Throws a TypeError if there is no such level. */
function levelOfEnvironment(): LogLevel | undefined {
  const name = process.env.TEMPORAL_LOG_LEVEL;
  if (!name) return undefined;
  const level = severities.find((severity) => severity === name.toUpperCase());
  if (level !== undefined) return level;
  throw new TypeError(`TEMPORAL_LOG_LEVEL must be one of ${severities.join(', ')}, got ${JSON.stringify(name)}`);
}

function logFilter(
  filter: string | CoreLogFilterOptions | undefined,
  forwardLevel: LogLevel | undefined,
  tracingFilter: string | undefined,
): string {
  if (typeof filter === 'object') return makeTelemetryFilterString(filter);
  if (filter) {
    if (typeof filter !== 'string') throw new TypeError('Invalid logging filter');
    return filter;
  }
  if (forwardLevel) return makeTelemetryFilterString({ core: forwardLevel, other: forwardLevel });
  return tracingFilter ?? makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' });
}

function nativeMetricsOf(
  metrics: MetricsExporterConfig,
): { prometheus: NativePrometheusConfig } | { otlp: NativeOtlpConfig } | { buffer: NativeBufferConfig } {
  const { globalTags } = metrics;
  if ('prometheus' in metrics) {
    const bindAddress = withFreePort(metrics.prometheus.bindAddress);
    return { prometheus: { ...metrics.prometheus, bindAddress, globalTags } };
  }
  if ('otel' in metrics) {
    const { url, http, metricsExportInterval, temporality, ...rest } = metrics.otel;
    return {
      otlp: {
        ...rest,
        globalTags,
        url: url.replace(/^grpc(s?):/, 'http$1:'),
        protocol: http ? 'http' : 'grpc',
        metricsExportIntervalMs: metricsExportInterval === undefined ? undefined : msToNumber(metricsExportInterval),
        temporality: temporality ?? metrics.temporality,
      },
    };
  }
  if ('buffer' in metrics && metrics.buffer instanceof MetricsBuffer) {
    const { maxBufferSize, useSecondsForDurations } = metrics.buffer;
    return { buffer: { maxEvents: maxBufferSize, useSecondsForDurations } };
  }
  throw new TypeError('telemetryOptions.metrics must have prometheus, otel, or a MetricsBuffer as buffer');
}

/** Replaces port 0 of an address by one that nobody listens on. Other addresses stay, wrong ones too. */
function withFreePort(address: string): string {
  const host = /^(\d[\d.]*|\[[\da-fA-F:.]+\]):0$/.exec(address)?.[1];
  if (host === undefined) return address;
  const listener = Bun.listen({ hostname: host.replace(/^\[|\]$/g, ''), port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return `${host}:${port}`;
}
