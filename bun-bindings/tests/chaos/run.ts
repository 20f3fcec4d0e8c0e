// Chaos by hand: run.ts SEED MINUTES [ours|mixed|node] [--queries] [--no-faults] [--at-a-time=N]. Prints the faults as they come and
// figures at the end; ends with 1 if anything went wrong.
import { Runtime } from '../../src/runtime/runtime.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { type FleetKind, runChaos } from './chaos.ts';

const [seed, minutes, fleet = 'ours', ...flags] = process.argv.slice(2) as [string, string, FleetKind?, ...string[]];
Runtime.install({ logger: new RecordingLogger(), telemetryOptions: { logging: { filter: 'OFF' } } });
const { failures, ...figures } = await runChaos({
  seed: Number(seed),
  minutes: Number(minutes),
  fleet,
  queries: flags.includes('--queries'),
  faults: !flags.includes('--no-faults'),
  programsAtATime: Number(/--at-a-time=(\d+)/.exec(flags.join(' '))?.[1] ?? 12),
  tell: console.log,
});
console.log(JSON.stringify(figures, null, 2));
for (const failure of failures) console.log(`failure: ${failure}`);
console.log(`SEED=${seed} MINUTES=${minutes}: ${failures.length} failures`);
process.exit(failures.length === 0 ? 0 : 1);
