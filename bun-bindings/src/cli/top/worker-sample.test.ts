import { expect, test } from 'bun:test';
import { parsePrometheusText } from './prometheus-text.ts';
import { workerSample } from './worker-sample.ts';

test('values keep their labels, with what is escaped in them', () => {
  expect(parsePrometheusText('# HELP a b\na{x="1",y="a\\"b\\nc,}"} 2.5 123\nb +Inf\n\nnonsense')).toEqual([
    { name: 'a', labels: { x: '1', y: 'a"b\nc,}' }, value: 2.5 },
    { name: 'b', labels: {}, value: Number.POSITIVE_INFINITY },
  ]);
});

const histogram = (name: string, type: string, sum: number, buckets: [string, number][]) => [
  ...buckets.map(([le, count]) => `temporal_${name}_bucket{workflow_type="${type}",le="${le}"} ${count}`),
  `temporal_${name}_sum{workflow_type="${type}"} ${sum}`,
  `temporal_${name}_count{workflow_type="${type}"} ${buckets.at(-1)?.[1]}`,
];

test.each([
  ['milliseconds', '', '', 1],
  ['seconds, with units and totals in the names', '_seconds', '_total', 1000],
])('latencies in %s come out in milliseconds, the slowest workflow first', (_, unit, total, scale) => {
  const of = (name: string, type: string, ms: number) =>
    histogram(`${name}${unit}`, type, (ms * 4) / scale, [
      [String(50 / scale), 3],
      [String(500 / scale), 4],
      ['+Inf', 4],
    ]);
  const text = [
    ...of('workflow_endtoend_latency', 'quick', 10),
    ...of('workflow_endtoend_latency', 'slow', 100),
    ...of('workflow_task_execution_latency', 'slow', 20),
    `temporal_workflow_completed${total}{workflow_type="slow"} 3`,
    `temporal_workflow_failed${total}{workflow_type="slow"} 1`,
  ].join('\n');
  const { workflows, latencies } = workerSample(parsePrometheusText(text));
  expect(workflows.map(({ type }) => type)).toEqual(['slow', 'quick']);
  expect(workflows[0]).toEqual({ type: 'slow', completed: 3, failed: 1, averageMs: 100, taskAverageMs: 20 });
  expect(latencies).toEqual([{ name: 'workflow task, execution', count: 4, averageMs: 20, p95Ms: 500 }]);
});
