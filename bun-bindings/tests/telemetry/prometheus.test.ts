import { expect, setDefaultTimeout, test } from 'bun:test';
import type { PrometheusMetricsExporter, TelemetryOptions } from '../../src/index.ts';
import { useDevServer } from '../support/dev-server.ts';
import { freePort } from '../support/free-port.ts';
import { MeasuredWorker } from './measured-worker.ts';
import { type Family, scrape } from './scrape.ts';

setDefaultTimeout(60_000);
const server = useDevServer();

interface Scraped {
  taskQueue: string;
  families: Map<string, Family>;
}

/** Resolves with the metrics that Prometheus gets of a worker that ran a workflow. */
async function scrapeWorker(
  prometheus: Partial<PrometheusMetricsExporter['prometheus']> = {},
  metrics: Partial<TelemetryOptions['metrics']> = {},
): Promise<Scraped> {
  const bindAddress = `127.0.0.1:${freePort()}`;
  await using worker = await MeasuredWorker.run(server.address, {
    metrics: { ...metrics, prometheus: { bindAddress, ...prometheus } },
  });
  return { taskQueue: worker.taskQueue, families: await scrape(bindAddress) };
}

/** A family that has one sample, with the sample's labels. */
function onlySample({ families }: Scraped, name: string) {
  const { metric: samples = [], ...family } = families.get(name) ?? {};
  expect(samples, `the samples of ${name}`).toHaveLength(1);
  const [{ label = [], ...sample } = {}] = samples;
  return { ...family, ...sample, labels: Object.fromEntries(label.map(({ name, value }) => [name, value])) };
}

function boundsOf(scraped: Scraped, name: string): unknown[] | undefined {
  return onlySample(scraped, name).histogram?.bucket.map(({ upperBound }) => upperBound);
}

test.concurrent('Prometheus understands metrics of core, the worker, the client and the program', async () => {
  const scraped = await scrapeWorker();
  const { taskQueue } = scraped;
  const ofCore = { namespace: 'default', service_name: 'temporal-core-sdk' };
  const ofWorkflow = { namespace: 'default', taskQueue, workflowType: 'measured' };
  const ofActivity = { namespace: 'default', taskQueue, activityType: 'measure' };

  expect(onlySample(scraped, 'workflow_beans')).toEqual({
    name: 'workflow_beans',
    help: 'Counts beans',
    type: 'COUNTER',
    counter: { value: 3 },
    labels: { ...ofWorkflow, color: 'green' },
  });
  expect(onlySample(scraped, 'workflow_sizes')).toMatchObject({
    type: 'HISTOGRAM',
    histogram: { sampleCount: '1', sampleSum: 5 },
    labels: ofWorkflow,
  });
  expect(onlySample(scraped, 'workflow_share')).toMatchObject({
    type: 'GAUGE',
    gauge: { value: 0.5 },
    labels: ofWorkflow,
  });
  expect(onlySample(scraped, 'activity_beans')).toMatchObject({
    counter: { value: 2 },
    labels: { ...ofActivity, color: 'red', ripe: 'true' },
  });
  expect(onlySample(scraped, 'activity_share')).toMatchObject({
    histogram: { sampleCount: '1', sampleSum: 0.25 },
    labels: ofActivity,
  });
  expect(onlySample(scraped, 'activity_level')).toMatchObject({ gauge: { value: 7 }, labels: ofActivity });
  expect(onlySample(scraped, 'runtime_level')).toMatchObject({
    help: 'How full it is',
    type: 'GAUGE',
    gauge: { value: 3 },
    labels: { of: 'water' },
  });
  expect(onlySample(scraped, 'temporal_workflow_completed')).toMatchObject({
    type: 'COUNTER',
    counter: { value: 1 },
    labels: { ...ofCore, task_queue: taskQueue, workflow_type: 'measured' },
  });
  const requests = scraped.families.get('temporal_request');
  expect(requests?.type).toBe('COUNTER');
  const operations = requests?.metric.flatMap(({ label = [] }) =>
    label.filter(({ name }) => name === 'operation').map(({ value }) => value),
  );
  expect(operations).toContain('StartWorkflowExecution');
  expect(operations).toContain('RespondWorkflowTaskCompleted');
  // In milliseconds.
  expect(boundsOf(scraped, 'temporal_activity_execution_latency')?.[0]).toBe(50);
});

test.concurrent('every option does what it says', async () => {
  const scraped = await scrapeWorker(
    {
      countersTotalSuffix: true,
      unitSuffix: true,
      useSecondsForDurations: true,
      histogramBucketOverrides: { activity_share: [0.1, 0.5], workflow_endtoend_latency: [1, 60] },
    },
    { globalTags: { region: 'north' }, metricPrefix: 'my_', attachServiceName: false },
  );
  const { families, taskQueue } = scraped;
  expect(
    [...families.keys()].filter((name) => name.startsWith('temporal_') && !name.startsWith('temporal_bun_')),
  ).toEqual([]);
  const counters = [...families.values()].filter(({ type }) => type === 'COUNTER').map(({ name }) => name);
  expect(counters.filter((name) => !name.endsWith('_total'))).toEqual([]);
  expect(onlySample(scraped, 'workflow_beans_total').labels).toEqual({
    namespace: 'default',
    taskQueue,
    workflowType: 'measured',
    color: 'green',
    region: 'north',
  });
  expect(onlySample(scraped, 'my_workflow_completed_total').counter).toEqual({ value: 1 });
  expect(families.has('workflow_sizes_bytes')).toBe(true);
  expect(boundsOf(scraped, 'activity_share')).toEqual([0.1, 0.5, 'Infinity']);
  expect(boundsOf(scraped, 'my_workflow_endtoend_latency_seconds')).toEqual([1, 60, 'Infinity']);
  // It is not of those that were given other buckets: the boundaries are core's own, in seconds.
  expect(boundsOf(scraped, 'my_activity_execution_latency_seconds')?.[0]).toBe(0.05);
});

test.concurrent('durations are in milliseconds by default, and say so if asked to', async () => {
  const scraped = await scrapeWorker({ unitSuffix: true });
  expect(boundsOf(scraped, 'temporal_activity_execution_latency_milliseconds')?.[0]).toBe(50);
  expect(onlySample(scraped, 'workflow_beans').counter).toEqual({ value: 3 });
});
