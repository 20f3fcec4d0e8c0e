import { afterEach, describe, expect, test } from 'bun:test';
import type { LogLevel } from '@temporalio/common';
import { DefaultLogger } from './logger.ts';
import { MetricsBuffer } from './metrics-buffer.ts';
import {
  compileRuntimeOptions,
  type LogExporterConfig,
  type MetricsExporterConfig,
  makeTelemetryFilterString,
  type RuntimeOptions,
  type TelemetryOptions,
} from './runtime-options.ts';

describe('the filter of the native log', () => {
  const filterOf = (telemetryOptions: TelemetryOptions) =>
    compileRuntimeOptions({ telemetryOptions }).native.telemetry?.logging?.filter;
  const levels = (core: 'INFO' | 'WARN' | 'DEBUG', other: 'ERROR' | 'INFO') =>
    makeTelemetryFilterString({ core, other });

  test('a filter string names the level of core, and that of the rest first', () => {
    const parts = makeTelemetryFilterString({ core: 'DEBUG' }).split(',');
    expect(parts[0]).toBe('ERROR');
    expect(parts).toContain('temporalio_sdk_core=DEBUG');
    expect(makeTelemetryFilterString({ core: 'INFO', other: 'WARN' })).toStartWith('WARN,');
  });

  test.each<[string, TelemetryOptions, string]>([
    ['levels', { logging: { filter: { core: 'DEBUG', other: 'INFO' } } }, levels('DEBUG', 'INFO')],
    ['a string', { logging: { filter: 'warn,h2=info' } }, 'warn,h2=info'],
    ['the level of the rest is ERROR', { logging: { filter: { core: 'INFO' } } }, levels('INFO', 'ERROR')],
    ['by default', {}, levels('WARN', 'ERROR')],
    ['an empty one is none', { logging: { filter: '' } }, levels('WARN', 'ERROR')],
    ['the level to forward', { logging: { forward: { level: 'INFO' } } }, levels('INFO', 'INFO')],
    ['the tracing filter', { tracingFilter: 'trace' }, 'trace'],
    [
      'a filter before the level to forward',
      { logging: { filter: 'debug', forward: { level: 'INFO' } }, tracingFilter: 'trace' },
      'debug',
    ],
    [
      'the level to forward before the tracing filter',
      { logging: { forward: { level: 'INFO' } }, tracingFilter: 'trace' },
      levels('INFO', 'INFO'),
    ],
  ])('%s', (_name, options, filter) => {
    expect(filterOf(options)).toBe(filter);
  });

  test('something else is refused', () => {
    expect(() => filterOf({ logging: { filter: 5 } as unknown as LogExporterConfig })).toThrow(
      new TypeError('Invalid logging filter'),
    );
  });
});

test('metrics that go nowhere are refused', () => {
  const metrics = { globalTags: {} } as MetricsExporterConfig;
  expect(() => compileRuntimeOptions({ telemetryOptions: { metrics } })).toThrow(TypeError);
});

test('a metrics buffer has defaults', () => {
  const { maxBufferSize, useSecondsForDurations } = new MetricsBuffer();
  expect({ maxBufferSize, useSecondsForDurations }).toEqual({ maxBufferSize: 10_000, useSecondsForDurations: false });
});

test.each(['127.0.0.1:0', '[::1]:0'])('port 0 of a Prometheus exporter at %s is any free one', (bindAddress) => {
  const { prometheusAddress } = compileRuntimeOptions({
    telemetryOptions: { metrics: { prometheus: { bindAddress } } },
  });
  expect(prometheusAddress).toMatch(/^(127\.0\.0\.1|\[::1\]):[1-9]\d+$/);
});

describe('the form and the level of the log', () => {
  const given = process.env.TEMPORAL_LOG_LEVEL;
  afterEach(() => {
    if (given === undefined) delete process.env.TEMPORAL_LOG_LEVEL;
    else process.env.TEMPORAL_LOG_LEVEL = given;
  });

  const compiled = (level: string | undefined, options: RuntimeOptions) => {
    if (level === undefined) delete process.env.TEMPORAL_LOG_LEVEL;
    else process.env.TEMPORAL_LOG_LEVEL = level;
    const { logger, forwardsLogs, native } = compileRuntimeOptions(options);
    return { level: (logger as DefaultLogger).level, forwardsLogs, filter: native.telemetry?.logging?.filter };
  };
  const filter = (core: LogLevel) => makeTelemetryFilterString({ core, other: 'ERROR' });

  test.each<[string | undefined, RuntimeOptions, object]>([
    [undefined, {}, { level: 'INFO', forwardsLogs: false, filter: filter('WARN') }],
    ['debug', {}, { level: 'DEBUG', forwardsLogs: false, filter: filter('WARN') }],
    [undefined, { logFormat: 'json' }, { level: 'INFO', forwardsLogs: true, filter: filter('WARN') }],
    ['ERROR', { logFormat: 'compact' }, { level: 'ERROR', forwardsLogs: true, filter: filter('ERROR') }],
    [
      'ERROR',
      { logFormat: 'json', telemetryOptions: { logging: { filter: 'warn,h2=info' } } },
      { level: 'ERROR', forwardsLogs: true, filter: 'warn,h2=info' },
    ],
  ])('TEMPORAL_LOG_LEVEL %p with %p', (level, options, expected) => {
    expect(compiled(level, options)).toEqual(expected as never);
  });

  test.each<[string | undefined, object, string]>([
    ['verbose', {}, 'TEMPORAL_LOG_LEVEL must be one of TRACE, DEBUG, INFO, WARN, ERROR, got "verbose"'],
    [undefined, { logFormat: 'xml' }, 'RuntimeOptions.logFormat must be one of json, pretty, compact, got "xml"'],
    [
      undefined,
      { logFormat: 'json', logger: new DefaultLogger() },
      'Cannot set both RuntimeOptions.logger and RuntimeOptions.logFormat',
    ],
    [
      undefined,
      { logFormat: 'json', telemetryOptions: { logging: { console: {} } } },
      'Cannot set both RuntimeOptions.logFormat and telemetryOptions.logging.console',
    ],
  ])('TEMPORAL_LOG_LEVEL %p with %p is refused', (level, options, message) => {
    expect(() => compiled(level, options as RuntimeOptions)).toThrow(new TypeError(message));
  });
});
