import { isDeepStrictEqual } from 'node:util';
import { sdkVersion } from '../../src/sdk-version.ts';
import { IsolateDriver, type Job, startJob, timerFired } from '../support/isolate-driver.ts';
import type { PackageCase } from './cases.ts';
import { type Seen, writeProject } from './project.ts';

/** The end of a package's run in a workflow. */
export interface Outcome {
  name: string;
  /** Values that the workflow has got; undefined if it failed. */
  seen?: Seen;
  /** Why it could not be bundled, or failed. */
  error?: string;
}

/**
 * Runs each package in a workflow: bundled, called, evicted, and replayed. Packages share a bundle, unless they are refused or
 * need options of their own.
 *
 * @param preload whether the packages are evaluated once, before all runs.
 */
export async function outcomesOf(packages: readonly PackageCase[], preload = false): Promise<Outcome[]> {
  const isAlone = (each: PackageCase) =>
    each.ignoreModules !== undefined || each.ownContext !== undefined || each.fails !== undefined;
  const outcomes = await outcomesTogether(
    packages.filter((each) => !isAlone(each)),
    preload,
  );
  for (const each of packages.filter(isAlone)) outcomes.push(...(await outcomesTogether([each], preload)));
  const byName = new Map(outcomes.map((outcome) => [outcome.name, outcome]));
  return packages.map(({ name }) => byName.get(name) as Outcome);
}

/** A bundle that cannot be made tells nothing of the others in it: then each has one of its own. */
async function outcomesTogether(packages: readonly PackageCase[], preload: boolean): Promise<Outcome[]> {
  if (packages.length === 0) return [];
  let driver: IsolateDriver;
  try {
    driver = await open(packages, preload);
  } catch (error) {
    if (packages.length === 1) return packages.map(({ name }) => ({ name, error: (error as Error).message }));
    const outcomes: Outcome[] = [];
    for (const each of packages) outcomes.push(...(await outcomesTogether([each], preload)));
    return outcomes;
  }
  try {
    const outcomes: Outcome[] = [];
    for (const { name } of packages) outcomes.push({ name, ...(await runTwice(driver, name)) });
    return outcomes;
  } finally {
    driver.host.close();
  }
}

async function open(packages: readonly PackageCase[], preload: boolean): Promise<IsolateDriver> {
  const project = writeProject(packages);
  const bundle = await project.bundle({
    ignoreModules: packages.flatMap(({ ignoreModules = [] }) => ignoreModules),
    preloadModules: preload ? packages.flatMap(specifiers) : [],
  });
  return IsolateDriver.open(
    { workflowsPath: '' },
    {
      bundle,
      reuseV8Context: packages.every(({ ownContext }) => ownContext === undefined),
      // Large packages are evaluated by the first turn.
      isolateExecutionTimeoutMs: 20_000,
    },
  );
}

/** The modules that a package is imported by. */
function specifiers({ imports }: PackageCase): string[] {
  return [...imports.matchAll(/(?:from|import) '([^']+)'/g)].map(([, specifier]) => specifier as string);
}

/** Runs `main(name)` to its end, evicts it, and replays it. */
async function runTwice(driver: IsolateDriver, name: string): Promise<Omit<Outcome, 'name'>> {
  const runId = `run-of-${name}`;
  const activations: Job[][] = [[startJob('main', [name], runId)]];
  const answers = [];
  const started = new Set<number>();
  let result: unknown;
  for (let turn = 0; result === undefined; turn++) {
    const answer = await activate(driver, runId, activations, turn, false);
    if (answer.failure !== undefined) return { error: answer.failure.message ?? '' };
    answers.push(answer.commands);
    result = answer.result;
    const timers = answer.commands.flatMap(({ startTimer }) => startTimer?.seq ?? []);
    for (const timer of timers) started.add(timer);
    const stray = answer.commands.find(({ cancelTimer }) => cancelTimer && !started.has(cancelTimer.seq ?? 0));
    if (stray !== undefined) return { error: `it cancels the timer ${stray.cancelTimer?.seq}, which there never was` };
    if (result === undefined && timers.length === 0) return { error: 'it waits for nothing' };
    activations.push(timers.map(timerFired));
  }
  await driver.evict(runId);
  for (const [turn, commands] of answers.entries()) {
    const replayed = await activate(driver, runId, activations, turn, true);
    if (!isDeepStrictEqual(replayed.commands, commands)) return { error: 'its replay has other commands' };
  }
  await driver.evict(runId);
  return { seen: result as Seen };
}

function activate(driver: IsolateDriver, runId: string, activations: Job[][], turn: number, isReplaying: boolean) {
  return driver.activate(runId, activations[turn] as Job[], {
    timeMs: 1_700_000_000_000 + turn * 1_000,
    isReplaying,
    ...(isReplaying && { lastSdkVersion: sdkVersion(true) }),
  });
}
