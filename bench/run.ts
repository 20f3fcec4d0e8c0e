/**
 * Runs our worker, upstream's and the Rust SDK's in turns, and prints tables of medians and ratios.
 *
 * `bun run.ts` takes about half an hour and writes RESULTS.md; `bun run.ts --quick` takes less than five minutes, and says
 * what got worse since. `--rounds N` takes another number of rounds, `--keep` writes down a quick run too.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { CONTESTANTS, type Contestant, copyWork, FLOOR, OWN } from './lib/contestants.ts';
import type { Figures } from './lib/figures.ts';
import { callTable, comparison, ownTable, type Rounds, ratios, regressions, threadTable } from './lib/report.ts';
import { bundling } from './measurements/bundling.ts';
import { busyThreads } from './measurements/busy-threads.ts';
import { compressing } from './measurements/compressing.ts';
import { executable } from './measurements/executable.ts';
import { inProcess } from './measurements/in-process.ts';
import { manyWorkflows } from './measurements/many-workflows.ts';
import { nativeCalls } from './measurements/native-calls.ts';
import { type PackagesSize, packages } from './measurements/packages.ts';
import { recordHistory, replay } from './measurements/replay.ts';
import { type SessionSize, session } from './measurements/session.ts';
import { testServers } from './measurements/test-servers.ts';

interface Size extends Omit<SessionSize, 'idleMs'>, PackagesSize {
  rounds: number;
  /** Of our worker; the others are given a tenth, which shows as much. */
  idleMs: number;
  replays: number;
  busy: number;
  many: number;
  /** Of an executable. */
  starts: number;
  /** Of each test file. */
  testRuns: number;
}

const QUICK: Size = {
  rounds: 1,
  warmUp: 200,
  hellos: 250,
  sequences: 50,
  roundTrips: 200,
  payloads: 20,
  cached: 300,
  idleMs: 5_000,
  replays: 4,
  busy: 16,
  many: 300,
  starts: 5,
  testRuns: 3,
  orders: 100,
  cachedOrders: 100,
};

const FULL: Size = {
  rounds: 3,
  warmUp: 300,
  hellos: 600,
  sequences: 150,
  roundTrips: 800,
  payloads: 60,
  cached: 5_000,
  idleMs: 30_000,
  replays: 8,
  busy: 48,
  many: 10_000,
  starts: 20,
  testRuns: 10,
  orders: 300,
  cachedOrders: 500,
};

const {
  quick,
  keep,
  rounds: wanted,
} = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    rounds: { type: 'string' },
  },
}).values;
const size = quick ? QUICK : FULL;
const roundsToRun = Number(wanted ?? size.rounds);
const lastRatios = Bun.file(`${import.meta.dir}/last-ratios.json`);
const before: Record<string, number> = (await lastRatios.exists()) ? await lastRatios.json() : {};

const startedAt = performance.now();
function progress(text: string): void {
  console.error(`[${((performance.now() - startedAt) / 1000).toFixed(0)} s] ${text}`);
}

/** Measures one contestant in a round. Cached workflows and idling take long and vary little: the first round has them. */
async function measure(contestant: Contestant, round: number): Promise<Figures> {
  const wholeIdleMs = contestant === OWN ? size.idleMs : size.idleMs / 10;
  const idleMs = round === 1 ? wholeIdleMs : 0;
  const cached = round === 1 ? size.cached : 0;
  const usual = await session(contestant, { ...size, cached, idleMs });
  const parts = [
    usual,
    await compressing(contestant, { ...size, cached, idleMs }, usual),
    await replay(contestant, history, size.replays),
  ];
  if (contestant !== FLOOR) {
    parts.push(await bundling(contestant), await busyThreads(contestant, size.busy), await packages(contestant, size));
  }
  return new Map(parts.flatMap((figures) => [...figures]));
}

/** All tables, of the rounds that there are. */
function tables(): string {
  return [comparison(rounds), threadTable(rounds), ownTable(own), callTable(calls)].join('\n');
}

/** Keeps what there is after each round, so that a run that is broken off is not lost. */
async function keepResults(): Promise<void> {
  const node = Bun.spawnSync(['node', '--version']).stdout.toString().trim();
  const versions = `Bun ${Bun.version}, Node ${node}, \`@temporalio/worker\` 1.24.0, \`temporalio-sdk\` 1.1.1 for Rust`;
  const machine = `${cpus().length} x ${cpus()[0]?.model}, Linux`;
  const count = rounds.get(OWN)?.length;
  await Bun.write(
    `${import.meta.dir}/RESULTS.md`,
    `# Results

${new Date().toISOString().slice(0, 10)}, ${machine}, ${versions}. ${quick ? 'Quick rounds' : 'Rounds'}: ${count}. README.md says how they are made.

${tables()}`,
  );
  await Bun.write(lastRatios, `${JSON.stringify(ratios(rounds), null, 2)}\n`);
}

await copyWork();
progress('recording a history to replay');
const history = await recordHistory(import.meta.dir);
progress('ours alone: in process');
const own = inProcess();
progress(`ours alone: ${size.many} workflows`);
for (const [name, value] of await manyWorkflows(size.many)) own.set(name, value);
progress('ours alone: one file');
for (const [name, value] of await executable(size.starts)) own.set(name, value);
progress('servers for tests');
for (const [name, value] of await testServers(size.testRuns)) own.set(name, value);
progress('ours alone: native calls');
const calls = await nativeCalls(200);

const rounds: Rounds = new Map(CONTESTANTS.map((contestant) => [contestant, []]));
for (let round = 1; round <= roundsToRun; round++) {
  for (const contestant of CONTESTANTS) {
    progress(`round ${round} of ${roundsToRun}: ${contestant.name}`);
    rounds.get(contestant)?.push(await measure(contestant, round));
  }
  if (keep || !quick) await keepResults();
}
console.log(tables());
if (quick) {
  const worse = regressions(rounds, before);
  for (const line of worse) console.log(`worse: ${line}`);
  if (worse.length === 0) console.log('Nothing is clearly worse than in the last full run.');
}
progress('done');
