import { describe, expect, test } from 'bun:test';
import { MetricsBuffer } from './metrics-buffer.ts';
import {
  compileRuntimeOptions,
  type LogExporterConfig,
  type MetricsExporterConfig,
  makeTelemetryFilterString,
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
