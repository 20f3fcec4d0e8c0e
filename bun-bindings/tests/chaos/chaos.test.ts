import { expect, test } from 'bun:test';
import { Runtime } from '../../src/runtime/runtime.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { runChaos } from './chaos.ts';

// Activities of programs fail on purpose, which would fill the log.
Runtime.install({ logger: new RecordingLogger(), telemetryOptions: { logging: { filter: 'OFF' } } });

const SEED = Number(process.env.CHAOS_SEED ?? 20_261_129);

test(`workflows get through the faults of CHAOS_SEED=${SEED}, on our workers and one on Node`, async () => {
  const { workflows, faults, failures } = await runChaos({ seed: SEED, minutes: 1, upstream: true });
  expect(failures).toEqual([]);
  // Fewer would show little.
  expect(workflows).toBeGreaterThan(5);
  expect(Object.keys(faults).length).toBeGreaterThan(5);
}, 600_000);
