import type { SeededRandom } from '../determinism/seeded-random.ts';

/**
 * Faults that are done to a worker's process, or to its connections. `fill` takes most of the memory that the process may use;
 * `jump` sets its wall clock to so many seconds after the right time.
 */
export type WorkerFault =
  | { do: 'kill' }
  | { do: 'terminate' }
  | { do: 'stop'; ms: number }
  | { do: 'endThread' }
  | { do: 'cut' }
  | { do: 'slow'; ms: number; delay: number }
  | { do: 'blackhole'; ms: number }
  | { do: 'halfOpen' }
  | { do: 'fill'; ms: number }
  | { do: 'jump'; seconds: number };

export type Fault = { at: number; pause: number } & (
  | { on: 'server'; fault: { do: 'kill' } }
  | { on: 'worker'; member: number; fault: WorkerFault }
);

/** A worker that is never killed: what it holds is compared between the beginning and the end. */
export const STEADY = 0;

/** Bounds of how far a wall clock is off after a jump, in seconds. */
const JUMP_S = 2 * 3600;

/** At least so much time is between two kills of the server, which takes some seconds to start. */
const SERVER_REST_MS = 30_000;

/** Decides all faults of a run: at which time, in ms from the beginning, what happens to whom. */
export function planFaults(random: SeededRandom, ms: number, members: number): Fault[] {
  const faults: Fault[] = [];
  let server = -SERVER_REST_MS / 2;
  for (let at = random.integer(1_000, 3_000); at < ms; at += random.integer(1_000, 4_000)) {
    const pause = random.integer(0, 2_000);
    if (at - server > SERVER_REST_MS && random.chance(0.3)) {
      faults.push({ at, pause, on: 'server', fault: { do: 'kill' } });
      server = at;
    } else {
      const member = random.integer(0, members - 1);
      faults.push({ at, pause, on: 'worker', member, fault: workerFault(random, member) });
    }
  }
  return faults;
}

function workerFault(random: SeededRandom, member: number): WorkerFault {
  const choices: WorkerFault[] = [
    { do: 'stop', ms: random.integer(500, 6_000) },
    { do: 'endThread' },
    { do: 'cut' },
    { do: 'slow', ms: random.integer(1_000, 6_000), delay: random.integer(20, 600) },
    { do: 'blackhole', ms: random.integer(1_000, 8_000) },
    { do: 'halfOpen' },
    { do: 'fill', ms: random.integer(1_000, 6_000) },
    { do: 'jump', seconds: random.integer(-JUMP_S, JUMP_S) },
  ];
  if (member !== STEADY) choices.push({ do: 'kill' }, { do: 'kill' }, { do: 'terminate' }, { do: 'terminate' });
  return random.pick(choices);
}

/** A name for the count of a fault. */
export function nameOf(fault: Fault): string {
  return fault.on === 'server' ? 'server killed' : fault.fault.do;
}
