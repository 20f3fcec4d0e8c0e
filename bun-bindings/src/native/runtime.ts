import { checkCode, checkHandle, jsonArgument } from './calls.ts';
import type { CompletionQueue } from './completion-queue.ts';
import { NativeObject } from './handle.ts';
import { native } from './library.ts';
import { NativeMetric, type NativeMetricConfig } from './metric.ts';

/** A runtime's configuration; see `docs/ffi-surface.md`. Times are in ms. */
export interface NativeRuntimeConfig {
  workerThreads?: number;
  workerHeartbeatIntervalMs?: number | null;
  disableEnvironmentInfo?: boolean;
  hostRuntime?: { name: 'bun' | 'node' | 'native'; version?: string };
  telemetry?: {
    logging?: { filter: string; forward?: boolean; format?: 'compact' | 'pretty' | 'json' };
    attachServiceName?: boolean;
    metricPrefix?: string;
    metrics?: { prometheus: NativePrometheusConfig } | { otlp: NativeOtlpConfig } | { buffer: NativeBufferConfig };
  };
}

/** Settings that all metrics exporters have. */
interface NativeExporterConfig {
  useSecondsForDurations?: boolean;
  histogramBucketOverrides?: Record<string, number[]>;
  globalTags?: Record<string, string>;
}

export interface NativePrometheusConfig extends NativeExporterConfig {
  /** `host:port`; the host is an IP address. */
  bindAddress: string;
  countersTotalSuffix?: boolean;
  unitSuffix?: boolean;
}

export interface NativeOtlpConfig extends NativeExporterConfig {
  url: string;
  protocol?: 'grpc' | 'http';
  headers?: Record<string, string>;
  metricsExportIntervalMs?: number;
  temporality?: 'cumulative' | 'delta';
}

/** Buffers metric updates for {@link takeMetricUpdates}. */
export interface NativeBufferConfig {
  maxEvents: number;
  useSecondsForDurations?: boolean;
}

/** A line of core's log. */
export interface CoreLogRecord {
  target: string;
  level: 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
  message: string;
  /** Milliseconds since 1970. */
  timestampMs: number;
  fields: Record<string, unknown>;
  spans: string[];
}

/** The threads and the telemetry that clients, workers and servers share. */
export class NativeRuntime extends NativeObject {
  static create(config: NativeRuntimeConfig): NativeRuntime {
    const handle = native().temporal_bun_runtime_new(...jsonArgument(config));
    return new NativeRuntime(checkHandle(handle), native().temporal_bun_runtime_free);
  }

  /** Wraps the handle of another thread's runtime. That thread frees it. */
  static borrow(handle: number): NativeRuntime {
    return new NativeRuntime(handle, undefined);
  }

  /** Streams core's log lines to `onLog`, buffered lines first. Requires `telemetry.logging.forward`. */
  attachLogs(queue: CompletionQueue, onLog: (log: CoreLogRecord) => void): void {
    const decoder = new TextDecoder();
    queue.openMessages(
      (line) => onLog(JSON.parse(decoder.decode(line))),
      (tag) => checkCode(native().temporal_bun_runtime_attach_log_queue(this.handle, queue.handle, tag)),
    );
  }

  /** Creates a metric that is exported with core's own. Without an exporter it records nothing. */
  newMetric(config: NativeMetricConfig): NativeMetric {
    return NativeMetric.create(this.handle, config);
  }
}
