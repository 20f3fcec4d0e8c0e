import { expect, test } from 'bun:test';
import type { BufferedMetricUpdate } from '../../src/index.ts';
import { useDevServer } from '../support/dev-server.ts';

const server = useDevServer();

test('a metrics buffer collects the metrics of core, of the worker and of the program', async () => {
  // In a process of its own: a process has one runtime.
  const script = `${import.meta.dir}/../fixtures/telemetry/buffered-metrics.ts`;
  const process_ = Bun.spawn([process.execPath, script, server.address], { stdout: 'pipe', stderr: 'pipe' });
  const printed = await new Response(process_.stdout).text();
  expect(await process_.exited, await new Response(process_.stderr).text()).toBe(0);
  const { first, last, sameObject, more } = JSON.parse(printed.slice(printed.indexOf('{"first"'))) as {
    first: BufferedMetricUpdate[];
    last: BufferedMetricUpdate[];
    sameObject: number;
    more: number;
  };

  const beans = first.filter(({ metric }) => metric.name === 'my_counter');
  expect(beans).toEqual([
    {
      metric: { name: 'my_counter', kind: 'counter', valueType: 'int', unit: 'beans', description: 'Counts beans' },
      value: 3,
      attributes: { color: 'green' },
    } as BufferedMetricUpdate,
  ]);
  const latency = first.find(({ metric }) => metric.name === 'temporal_workflow_endtoend_latency');
  expect(latency?.metric.unit).toBe('s');
  expect(latency?.value).toBeLessThan(10);
  expect(latency?.attributes).toMatchObject({ workflow_type: 'hello', namespace: 'default' });
  const completed = first.filter(({ metric }) => metric.name === 'temporal_workflow_completed');
  expect(completed.map(({ value }) => value)).toEqual([1]);

  expect(last.filter(({ metric }) => metric.name === 'my_counter').map(({ value }) => value)).toEqual([4]);
  expect(sameObject).toBe(1);
  expect(more).toBe(0);
}, 60_000);
