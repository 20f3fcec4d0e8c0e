/**
 * Runs our worker and upstream's in turns on one server, and prints one table of medians and ratios.
 *
 * `bun run.ts` takes about an hour and writes RESULTS.md, with `--rounds 2` less; `bun run.ts --quick` takes some minutes,
 * and says what got worse since.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { CONTESTANTS, copyWork } from './lib/contestants.ts';
import { startDevServer } from './lib/dev-server.ts';
import type { Figures } from './lib/figures.ts';
import { type Rounds, ratios, regressions, table, threadTable } from './lib/report.ts';
import { bundling } from './measurements/bundling.ts';
import { recordHistory, replay } from './measurements/replay.ts';
import { FULL, QUICK, session } from './measurements/session.ts';

const { quick, rounds: roundsOption } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, rounds: { type: 'string', default: '5' } },
}).values;
const roundsToRun = quick ? 1 : Number(roundsOption);
const size = quick ? QUICK : FULL;
const results = `${import.meta.dir}/RESULTS.md`;
const lastRatios = Bun.file(`${import.meta.dir}/last-ratios.json`);

const startedAt = performance.now();
function progress(text: string): void {
  console.error(`[${((performance.now() - startedAt) / 1000).toFixed(0)} s] ${text}`);
}

await copyWork();
const rounds: Rounds = new Map(CONTESTANTS.map((contestant) => [contestant, []]));
{
  await using server = await startDevServer();
  progress(`the server answers at ${server.address}; recording a history to replay`);
  const history = await recordHistory(server.address, `${import.meta.dir}/history.json`);
  for (let round = 1; round <= roundsToRun; round++) {
    for (const contestant of CONTESTANTS) {
      progress(`round ${round} of ${roundsToRun}: ${contestant.name}`);
      const figures: Figures = new Map([
        ...(await session(contestant, server.address, size)),
        ...(await replay(contestant, history, quick ? 4 : 8)),
        ...(await bundling(contestant)),
      ]);
      rounds.get(contestant)?.push(figures);
    }
  }
}

const tables = `${table(rounds)}\n${threadTable(rounds)}`;
console.log(tables);
if (quick) {
  const worse = (await lastRatios.exists()) ? regressions(rounds, await lastRatios.json()) : [];
  for (const line of worse) console.log(`worse: ${line}`);
  if (worse.length === 0) console.log('Nothing is clearly worse than in the last full run.');
} else {
  const node = Bun.spawnSync(['node', '--version']).stdout.toString().trim();
  await Bun.write(
    results,
    `# Results

${new Date().toISOString().slice(0, 10)}, ${cpus().length} x ${cpus()[0]?.model}, Linux, Bun ${Bun.version}, Node ${node}, \`@temporalio/worker\` 1.24.0.
Medians of ${roundsToRun} rounds. README.md says how they are made.

${tables}`,
  );
  await Bun.write(lastRatios, `${JSON.stringify(ratios(rounds), null, 2)}\n`);
  progress(`written to ${results}`);
}
