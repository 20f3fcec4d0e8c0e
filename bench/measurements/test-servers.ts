import { copyWork } from '../lib/contestants.ts';
import { type Figures, median } from '../lib/figures.ts';

const folder = `${import.meta.dir}/..`;
const programs = `${folder}/../.tools/bin`;
/** Temporal's test server, which `scripts/install-test-server` installs. */
const testServer = `${programs}/temporal-test-server`;

/** Test files with one workflow each, by the names of their figures. Each runs in a process of its own, as its user runs it. */
const TEST_FILES: readonly (readonly [name: string, command: readonly string[], directory: string])[] = [
  ['embedded server', [process.execPath, 'test', './test-files/embedded.test.ts'], folder],
  ['dev server', [process.execPath, 'test', './test-files/dev.test.ts'], folder],
  ["upstream's time-skipping server, on Node", ['node', '--test', 'time-skipping.test.mjs'], `${folder}/upstream`],
];

/** Measures what servers for tests cost: the embedded one by itself, and test files from the start of the process to its end. */
export async function testServers(runs: number): Promise<Figures> {
  const figures: Figures = new Map([['embedded server, its part of a hello', helloCost()]]);
  const measured = run([process.execPath, `${folder}/in-process/embedded-server.ts`], folder);
  for (const [name, value] of Object.entries(JSON.parse(measured) as Record<string, number>)) figures.set(name, value);
  await copyWork();
  const times = TEST_FILES.map((): number[] => []);
  for (let round = 0; round < runs; round++) {
    for (const [index, [, command, directory]] of TEST_FILES.entries()) {
      const before = performance.now();
      run(command, directory);
      times[index]?.push(performance.now() - before);
    }
  }
  for (const [index, [name]] of TEST_FILES.entries()) figures.set(`test file, ${name}`, median(times[index] ?? []));
  return figures;
}

function helloCost(): number {
  return Number(run([`${folder}/../target/release/examples/hello_cost`], folder));
}

/** Runs a command. Returns what it prints. */
function run(command: readonly string[], directory: string): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command], {
    cwd: directory,
    env: {
      ...process.env,
      PATH: `${programs}:${process.env.PATH}`,
      TEMPORAL_TEST_SERVER: testServer,
    },
  });
  if (exitCode !== 0) throw new Error(`${command.join(' ')} failed:\n${stdout}${stderr}`);
  return stdout.toString();
}
