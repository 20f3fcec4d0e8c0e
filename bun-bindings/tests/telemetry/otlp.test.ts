import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import type { OtelCollectorExporter, TelemetryOptions } from '../../src/index.ts';
import { useDevServer } from '../support/dev-server.ts';
import { attributesOf, type Batch, Collector, metricOf, pointsOf } from './collector.ts';
import { MeasuredWorker } from './measured-worker.ts';

setDefaultTimeout(60_000);
const server = useDevServer();

/** OTLP's numbers for temporalities. */
const DELTA = 1;
const CUMULATIVE = 2;

const protocols = {
  grpc: ({ grpc }: Collector) => ({ url: `grpc://${grpc}` }),
  http: ({ http }: Collector) => ({ url: `http://${http}/v1/metrics`, http: true }),
};

type OtelOptions = Partial<OtelCollectorExporter['otel']>;

function exporting(
  collector: Collector,
  protocol: keyof typeof protocols,
  otel: OtelOptions = {},
  metrics: Partial<TelemetryOptions['metrics']> = {},
): TelemetryOptions {
  return { metrics: { ...metrics, otel: { ...protocols[protocol](collector), ...otel } } };
}

/** The only point of a metric, and its attributes. */
function onlyPoint(batch: Batch, name: string) {
  const points = pointsOf(metricOf(batch, name));
  expect(points).toHaveLength(1);
  const [point = {}] = points;
  return { ...point, attributes: attributesOf(point) };
}

describe.each(['grpc', 'http'] as const)('over %s', (protocol) => {
  test.concurrent('metrics of core, the worker and the program reach the collector', async () => {
    await using collector = await Collector.start();
    await using worker = await MeasuredWorker.run(server.address, exporting(collector, protocol));
    const batch = await collector.untilBatch('temporal_workflow_completed', 'activity_level', 'workflow_beans');

    expect(batch.protocol).toBe(protocol);
    expect(batch.resource).toMatchObject({ 'service.name': 'temporal-core-sdk' });
    const { taskQueue } = worker;
    const ofCore = { namespace: 'default', service_name: 'temporal-core-sdk' };
    const ofWorkflow = { namespace: 'default', taskQueue, workflowType: 'measured' };
    const ofActivity = { namespace: 'default', taskQueue, activityType: 'measure' };

    expect(metricOf(batch, 'workflow_beans')).toMatchObject({
      unit: 'beans',
      description: 'Counts beans',
      sum: { isMonotonic: true, aggregationTemporality: CUMULATIVE },
    });
    expect(onlyPoint(batch, 'workflow_beans')).toMatchObject({
      asInt: '3',
      attributes: { ...ofWorkflow, color: 'green' },
    });
    expect(onlyPoint(batch, 'workflow_sizes')).toMatchObject({ count: '1', sum: 5, attributes: ofWorkflow });
    expect(metricOf(batch, 'workflow_share').gauge).toBeDefined();
    expect(onlyPoint(batch, 'workflow_share')).toMatchObject({ asDouble: 0.5, attributes: ofWorkflow });
    expect(onlyPoint(batch, 'activity_beans')).toMatchObject({
      asInt: '2',
      attributes: { ...ofActivity, color: 'red', ripe: true },
    });
    expect(onlyPoint(batch, 'activity_share')).toMatchObject({ count: '1', sum: 0.25, attributes: ofActivity });
    expect(onlyPoint(batch, 'activity_level')).toMatchObject({ asInt: '7', attributes: ofActivity });
    expect(metricOf(batch, 'runtime_level').sum?.isMonotonic).toBeFalsy();
    expect(onlyPoint(batch, 'runtime_level')).toMatchObject({ asInt: '3', attributes: { of: 'water' } });
    expect(onlyPoint(batch, 'temporal_workflow_completed')).toMatchObject({
      asInt: '1',
      attributes: { ...ofCore, task_queue: taskQueue, workflow_type: 'measured' },
    });
    expect(metricOf(batch, 'temporal_workflow_endtoend_latency')).toMatchObject({
      unit: 'ms',
      histogram: { aggregationTemporality: CUMULATIVE },
    });
    // Cumulative: what does not change is told again.
    expect(onlyPoint(await collector.untilBatch('workflow_beans'), 'workflow_beans').asInt).toBe('3');
  });

  test.concurrent('every option does what it says', async () => {
    await using collector = await Collector.start();
    const telemetry = exporting(
      collector,
      protocol,
      {
        headers: { 'X-Api-Key': 'secret' },
        metricsExportInterval: '20ms',
        useSecondsForDurations: true,
        temporality: 'delta',
        histogramBucketOverrides: { activity_share: [0.1, 0.5], workflow_endtoend_latency: [1, 60] },
      },
      { globalTags: { region: 'north' }, metricPrefix: 'my_', attachServiceName: false },
    );
    const worker = await MeasuredWorker.run(server.address, telemetry);
    await collector.untilSeen('activity_share', 'my_workflow_endtoend_latency', 'my_activity_execution_latency');
    await worker.end();
    const batches = await collector.end();
    const [first] = batches;

    expect(first?.headers).toMatchObject({ 'x-api-key': ['secret'] });
    expect(first?.resource).toMatchObject({ region: 'north' });
    const names = new Set(batches.flatMap(({ metrics }) => metrics.map(({ name }) => name)));
    expect([...names].filter((name) => name.startsWith('temporal_') && !name.startsWith('temporal_bun_'))).toEqual([]);
    const metrics = (name: string) =>
      batches.flatMap((batch) => batch.metrics).filter((candidate) => candidate.name === name);
    const points = (name: string) => metrics(name).flatMap(pointsOf);
    // Deltas add up to what was recorded.
    expect(points('workflow_beans').reduce((total, { asInt }) => total + Number(asInt), 0)).toBe(3);
    expect(metrics('workflow_beans')[0]?.sum?.aggregationTemporality).toBe(DELTA);
    expect(points('workflow_beans').map(attributesOf)).toEqual([
      { color: 'green', namespace: 'default', taskQueue: worker.taskQueue, workflowType: 'measured' },
    ]);
    expect(points('activity_share')[0]).toMatchObject({ explicitBounds: [0.1, 0.5], bucketCounts: ['0', '1', '0'] });
    expect(metrics('my_workflow_endtoend_latency')[0]?.unit).toBe('s');
    expect(points('my_workflow_endtoend_latency')[0]?.explicitBounds).toEqual([1, 60]);
    // It is not of those that were given other buckets: the boundaries are core's own, in seconds.
    expect(points('my_activity_execution_latency')[0]?.explicitBounds?.[0]).toBe(0.05);
  });
});

test.concurrent('nothing is sent before the interval is over', async () => {
  await using collector = await Collector.start();
  const telemetry = exporting(collector, 'grpc', { metricsExportInterval: '1 hour' });
  await using _worker = await MeasuredWorker.run(server.address, telemetry);
  expect(await collector.end()).toEqual([]);
});

test.concurrent('the old places of options are read too', async () => {
  await using collector = await Collector.start();
  const { metrics } = exporting(collector, 'grpc', {}, { temporality: 'delta' });
  const telemetry = { metrics, noTemporalPrefixForMetrics: true } as TelemetryOptions;
  await using _worker = await MeasuredWorker.run(server.address, telemetry);
  const batch = await collector.untilBatch('workflow_completed');
  expect(metricOf(batch, 'workflow_completed').sum?.aggregationTemporality).toBe(DELTA);
});
