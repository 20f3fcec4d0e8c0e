// Measures large runs of one kind: run.ts KIND SIZE…, as in run.ts manyTimers 1250 2500 5000. Prints figures, and by which factor
// the CPU time and the size have grown from the line before.
import { DefaultLogger } from '../../src/runtime/logger.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import { type Kind, measureLargeRuns } from './large-runs.ts';

const [kind, ...sizes] = process.argv.slice(2) as [Kind, ...string[]];
Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: 'OFF' } } });
const figures = await measureLargeRuns(kind, sizes.map(Number));
const factor = (now: number, before: number | undefined) =>
  before === undefined ? '' : `×${(now / before).toFixed(1)}`;
console.table(
  figures.map((now, index) => {
    const before = figures[index - 1];
    return {
      ...now,
      'size grew': factor(now.size, before?.size),
      'CPU grew': factor(now.cpuMs, before?.cpuMs),
      'replay grew': factor(now.replayCpuMs, before?.replayCpuMs),
    };
  }),
);
