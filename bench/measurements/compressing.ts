import { type Contestant, OWN } from '../lib/contestants.ts';
import type { Figures } from '../lib/figures.ts';
import { ALL_COMPRESSING } from '../lib/measures.ts';
import { type SessionSize, session } from './session.ts';

/**
 * The loads that compression counts for, with all contestants compressing.
 *
 * The others do so anyhow. Ours leaves it out on the way to a server on its own machine, as the benchmarks' is: so it has a
 * session more, which shows what it takes when there is a network.
 *
 * @param usual what the contestant took with its default options.
 */
export async function compressing(contestant: Contestant, size: SessionSize, usual: Figures): Promise<Figures> {
  const figures =
    contestant === OWN
      ? await session(OWN, { ...size, roundTrips: 0, cached: 0, idleMs: 0 }, { grpcCompression: { codec: 'gzip' } })
      : usual;
  return new Map([...ALL_COMPRESSING].map(([name, of]) => [name, figures.get(of) ?? Number.NaN]));
}
