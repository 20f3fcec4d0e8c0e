/** The measures, in the order of the table. */
export interface Measure {
  /** The name of its figure. */
  name: string;
  unit: string;
  /** The most that ours may be as a share of upstream's; the least, where more is better. */
  target?: { node: number; bun: number };
  /** The most that ours may be by itself. */
  limit?: number;
  moreIsBetter?: true;
  /** It depends on how much is done, so a quick run cannot be compared with a full one. */
  growsWithSize?: true;
}

/** Of all contestants. */
export const COMPARED: readonly Measure[] = [
  { name: 'hello CPU', unit: 'ms', target: { node: 0.45, bun: 0.55 } },
  { name: 'hello CPU, all compressing', unit: 'ms' },
  { name: 'five activities CPU', unit: 'ms', target: { node: 0.45, bun: 0.55 } },
  { name: 'five activities CPU, all compressing', unit: 'ms' },
  { name: 'replay', unit: 'events/s', target: { node: 5, bun: 2.5 }, moreIsBetter: true },
  { name: 'start to polling', unit: 'ms', target: { node: 0.15, bun: 0.15 } },
  { name: 'start to first workflow', unit: 'ms', target: { node: 0.25, bun: 0.25 } },
  { name: 'memory after hello', unit: 'MB', target: { node: 0.4, bun: 0.4 } },
  { name: 'memory with cached workflows', unit: 'MB', target: { node: 0.4, bun: 0.4 }, growsWithSize: true },
  { name: 'memory of a cached workflow', unit: 'KB', limit: 25, growsWithSize: true },
  { name: 'four packages CPU', unit: 'ms' },
  { name: 'four packages, memory of a cached workflow', unit: 'KB', growsWithSize: true },
  { name: '1 MB payload rate', unit: 'MB/s', target: { node: 2, bun: 2 }, moreIsBetter: true },
  { name: '1 MB payload rate, all compressing', unit: 'MB/s', moreIsBetter: true },
  { name: '1 MB payload CPU', unit: 'ms/MB', target: { node: 0.5, bun: 0.5 } },
  { name: '1 MB payload CPU, all compressing', unit: 'ms/MB' },
  { name: 'signal CPU', unit: 'ms', target: { node: 0.5, bun: 0.5 } },
  { name: 'signal latency', unit: 'ms', target: { node: 1, bun: 1 } },
  { name: 'query CPU', unit: 'ms', target: { node: 0.5, bun: 0.5 } },
  { name: 'query latency', unit: 'ms', target: { node: 1, bun: 1 } },
  { name: 'update CPU', unit: 'ms', target: { node: 0.5, bun: 0.5 } },
  { name: 'update latency', unit: 'ms', target: { node: 1, bun: 1 } },
  { name: 'bundling hello', unit: 'ms', target: { node: 0.1, bun: 0.1 } },
  { name: 'bundling hello again', unit: 'ms' },
  { name: 'bundling 1 MB library', unit: 'ms', target: { node: 0.1, bun: 0.1 } },
  { name: 'bundling 1 MB library again', unit: 'ms' },
  { name: 'idle CPU', unit: '% of a core', limit: 0.1 },
  { name: 'busy workflows, 1 threads', unit: '1/s', moreIsBetter: true },
  { name: 'busy workflows, 2 threads', unit: '1/s', moreIsBetter: true },
  { name: 'activity, threads idle', unit: 'ms' },
  { name: 'activity, 1 threads busy', unit: 'ms' },
  { name: 'activity, 2 threads busy', unit: 'ms' },
];

/** The measures that are repeated with compression, with their names then. */
export const ALL_COMPRESSING: ReadonlyMap<string, string> = new Map(
  ['hello CPU', 'five activities CPU', '1 MB payload rate', '1 MB payload CPU'].map((name) => [
    `${name}, all compressing`,
    name,
  ]),
);

/** Of ours only. */
export const OWN_MEASURES: readonly Measure[] = [
  { name: 'create and first activation', unit: 'µs', limit: 110 },
  { name: 'resume, with a switch', unit: 'µs', limit: 40 },
  { name: 'create and first activation, 5,000 others cached', unit: 'µs', limit: 110 },
  { name: 'resume, 5,000 others cached', unit: 'µs', limit: 40 },
  { name: 'create and first activation, 1 MB library shared', unit: 'µs', limit: 110 },
  { name: 'resume, 1 MB library shared', unit: 'µs', limit: 40 },
  { name: 'native completion, median', unit: 'µs', limit: 5 },
  { name: 'native completion, p99', unit: 'µs' },
  { name: 'native completion, CPU', unit: 'µs' },
  { name: 'bare wake, median', unit: 'µs' },
  { name: 'native completion, median, on one core', unit: 'µs', limit: 5 },
  { name: 'native completion, p99, on one core', unit: 'µs' },
  { name: 'native completion, CPU, on one core', unit: 'µs' },
  { name: 'bare wake, median, on one core', unit: 'µs' },
  { name: 'plain code on 2 threads to 1', unit: 'ratio' },
  { name: 'many: CPU of the first tenth', unit: 'ms' },
  { name: 'many: CPU of the last tenth', unit: 'ms' },
  { name: 'many: CPU of the last tenth to the first', unit: 'ratio' },
  { name: 'many: memory growth a workflow', unit: 'KB' },
  { name: 'executable, size', unit: 'MB', limit: 130 },
  { name: 'executable, CPU until it polls', unit: 'ms' },
  { name: 'executable, start to polling', unit: 'ms', limit: 80 },
  { name: 'executable, start to polling, fastest', unit: 'ms' },
  { name: 'executable, start to first workflow', unit: 'ms' },
  { name: 'embedded server, start', unit: 'ms', limit: 10 },
  { name: 'embedded server, its part of a hello', unit: 'ms of CPU', limit: 0.15 },
  { name: 'embedded server, 10,000 workflows that wait a day', unit: 's', limit: 20 },
  { name: 'test file, embedded server', unit: 'ms', limit: 300 },
  { name: 'test file, dev server', unit: 'ms' },
  { name: "test file, upstream's time-skipping server, on Node", unit: 'ms' },
];
