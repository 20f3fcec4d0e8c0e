import { expect, test } from 'bun:test';
import { Runtime } from '../../src/runtime/runtime.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { runChaos } from './chaos.ts';

/** Half a minute of it has every kind of fault, and a fault for each worker. */
const SEED = 10_983;

// Programs fail on purpose, which would fill the log.
Runtime.install({ logger: new RecordingLogger(), telemetryOptions: { logging: { filter: 'OFF' } } });

test('workflows end as they do without faults, on workers of both kinds', async () => {
  const { workflows, faults, failures } = await runChaos({
    seed: SEED,
    minutes: 0.5,
    fleet: 'mixed',
    programsAtATime: 6,
  });
  expect(failures).toEqual([]);
  expect(workflows).toBeGreaterThanOrEqual(6);
  expect(Object.keys(faults).sort()).toEqual([
    'blackhole',
    'cut',
    'endThread',
    'fill',
    'halfOpen',
    'jump',
    'kill',
    'server killed',
    'slow',
    'stop',
    'terminate',
  ]);
}, 600_000);
