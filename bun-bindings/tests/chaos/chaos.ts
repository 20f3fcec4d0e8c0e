import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { NativeConnection } from '../../src/connection/index.ts';
import { TestWorkflowEnvironment } from '../../src/testing/index.ts';
import { WorkerRuntime } from '../../src/worker/worker.ts';
import * as activities from '../determinism/fixtures/activities.ts';
import { Observers } from '../determinism/observers.ts';
import { type Recording, record } from '../determinism/recording.ts';
import { SeededRandom } from '../determinism/seeded-random.ts';
import { growth, steadyGrowth } from '../soak/growth.ts';
import { type Holdings, HoldingsRecord } from '../soak/holdings.ts';
import type { Slope } from '../soak/slope.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { replayOnNode } from '../support/upstream.ts';
import { Effects } from './effects.ts';
import { type Fault, nameOf, planFaults, STEADY } from './faults.ts';
import { Member, type MemberOptions } from './fleet.ts';
import { Load, type ProgramRun } from './load.ts';
import { failedTasks, hasOutlivedWorker, wrongEffects } from './oracle.ts';
import { Persistence } from './persistent.ts';
import { ServerProcess } from './server-process.ts';
import { WallClock } from './wall-clock.ts';

export interface ChaosOptions {
  /** Decides the programs and the faults. */
  readonly seed: number;
  readonly minutes: number;
  /** Who runs the workflows. With Node, `@temporalio/worker` replays a sample of the histories, too. */
  readonly fleet: FleetKind;
  /** Whether programs are queried while they run, which may be more than core can bear. @default false */
  readonly queries?: boolean;
  /** Without faults it is a steady load. @default true */
  readonly faults?: boolean;
  /** @default 12 */
  readonly programsAtATime?: number;
  /** Tells of progress. */
  readonly tell?: (line: string) => void;
}

export interface ChaosReport {
  readonly workflows: number;
  readonly runs: number;
  readonly events: number;
  readonly faults: Readonly<Record<string, number>>;
  /** Holdings of the worker that is never killed, after a fifth of the time and at the end. */
  readonly holdings: readonly [Holdings, Holdings];
  /** Growth of these from then on, if the run took long enough to tell. */
  readonly slopes: Readonly<Record<keyof Holdings, Slope>> | undefined;
  /** Complaints about what went wrong. Empty if all is well. */
  readonly failures: readonly string[];
}

/** Our workers; ours and one of `@temporalio/worker` on Node; only workers on Node, beside one of ours for activities. */
export type FleetKind = 'ours' | 'mixed' | 'node';

/** So long no program may end when the faults are over. */
const PATIENCE_MS = 180_000;
const TASK_QUEUE = 'chaos';
const LOCAL_TASK_QUEUE = 'chaos-local';
const REPLAYED_TOGETHER = 100;
/** Histories that Node replays, of each batch. */
const NODE_SAMPLE = 20;
const MiB = 1024 ** 2;
/** Memory that a worker of ours may use, in bytes. */
const MEMORY_LIMIT = 512 * MiB;
const withMemoryLimit = `${import.meta.dir}/../container/with-memory-limit.sh`;
const fixtures = `${import.meta.dir}/fixtures`;
const upstreamFolder = `${import.meta.dir}/../upstream`;

/** Runs programs on several workers while faults come over the workers, the server and the network between them. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { seed, minutes, fleet: kind, queries = false, programsAtATime = 12, tell = () => undefined } = options;
  const { faults: hasFaults = true } = options;
  const ms = minutes * 60_000;
  await using folder = await temporaryFolder();
  using effects = new Effects(join(folder.path, 'effects.sqlite'));
  await using server = new ServerProcess(join(folder.path, 'server.sqlite'));
  const persistence = new Persistence();
  const connection = await persistence.send(() => NativeConnection.connect({ address: `127.0.0.1:${server.port}` }));
  const client = new Client({ connection });
  const failures: string[] = [];
  const counts: Record<string, number> = {};
  try {
    await using calm = await startCalm();
    const memberOptions = membersOf(kind, effects.url);
    const makeClock = await WallClock.compile(folder.path);
    await using members = new AsyncDisposableStack();
    const fleet: Member[] = [];
    for (const member of memberOptions) {
      fleet.push(
        members.use(await Member.start(server.port, member, makeClock(), (complaint) => failures.push(complaint))),
      );
    }
    await Promise.all(fleet.map((member) => member.untilRunning()));

    const over = new AbortController();
    const load = new Load({
      seed,
      client,
      persistence,
      calm,
      taskQueue: TASK_QUEUE,
      localTaskQueue: kind === 'node' ? undefined : LOCAL_TASK_QUEUE,
      concurrency: programsAtATime,
      queries,
    });
    const loaded = load.run(over.signal);
    const faults = hasFaults ? planFaults(new SeededRandom(seed), ms, fleet.length) : [];
    const begin = performance.now();
    const suffered: Promise<void>[] = [];
    const steady = fleet[STEADY] as Member;
    using holdings = new HoldingsRecord(() => steady.holdings());
    for (const fault of faults) {
      await Bun.sleep(Math.max(0, begin + fault.at - performance.now()));
      tell(`${Math.round(fault.at / 1000)} s: ${JSON.stringify(fault)}, ${load.runs.length} programs done`);
      suffered.push(suffer(fault, server, fleet));
      counts[nameOf(fault)] = (counts[nameOf(fault)] ?? 0) + 1;
    }
    await Bun.sleep(Math.max(0, begin + ms - performance.now()));
    over.abort();
    await Promise.all(suffered);
    tell(`the faults are over, ${load.underWay} programs are under way`);
    if (!(await endsBeforePatience(loaded, load))) {
      failures.push(...(await load.complaints()), ...(await Promise.all(fleet.map((member) => member.status()))));
      persistence.end();
    }
    const [before, after] = [holdings.after(ms / 5), holdings.end()];
    const slopes = holdings.slopes(ms / 5, ms);
    failures.push(...load.failures, ...growth(before, after));
    // Faults leave their own traces: workers that start again, connections that time out.
    if (!hasFaults && slopes !== undefined) failures.push(...steadyGrowth(slopes));
    await members.disposeAsync();

    let runs = 0;
    let events = 0;
    for (let first = 0; first < load.runs.length; first += REPLAYED_TOGETHER) {
      const some = load.runs.slice(first, first + REPLAYED_TOGETHER);
      const recordings = await check(some, client, persistence, effects, failures);
      if (kind !== 'ours') failures.push(...(await replayFailuresOnNode(recordings.slice(0, NODE_SAMPLE))));
      runs += recordings.length;
      events += recordings.reduce((sum, { history }) => sum + (history.events?.length ?? 0), 0);
      tell(`${runs} histories checked`);
    }
    return { workflows: load.runs.length, runs, events, faults: counts, holdings: [before, after], slopes, failures };
  } finally {
    await connection.close();
  }
}

function membersOf(kind: FleetKind, effectsUrl: string): MemberOptions[] {
  // Only root can give a process another view of the files that tell of its limit.
  const limit = process.getuid?.() === 0 ? ['unshare', '--mount', withMemoryLimit, 'v1', `${MEMORY_LIMIT}`] : [];
  const ours = (name: string, taskQueue: string, cache: number): MemberOptions => ({
    name,
    isOurs: true,
    command: (address) => [
      ...limit,
      process.execPath,
      `${fixtures}/worker.ts`,
      address,
      taskQueue,
      `${cache}`,
      effectsUrl,
    ],
  });
  const onNode = (name: string, cache: number): MemberOptions => ({
    name,
    isOurs: false,
    command: (address) => ['node', `${upstreamFolder}/chaos-worker.mjs`, address, TASK_QUEUE, `${cache}`],
  });
  if (kind === 'node') {
    const activities = ours('the worker for activities', TASK_QUEUE, 0);
    return [onNode('the steady worker on Node', 5), onNode('the second worker on Node', 3), activities];
  }
  return [
    ours('the steady worker', TASK_QUEUE, 5),
    ours('the second worker', TASK_QUEUE, 3),
    ours('the worker with local activities', LOCAL_TASK_QUEUE, 1_000),
    ...(kind === 'mixed' ? [onNode('the worker on Node', 5)] : []),
  ];
}

/** A server where nothing fails, and a worker of its own. */
async function startCalm() {
  const environment = await TestWorkflowEnvironment.createEmbedded({ server: { time: 'real' } });
  const taskQueue = 'calm';
  const worker = await WorkerRuntime.create({
    connection: environment.nativeConnection,
    taskQueue,
    workflowsPath: `${fixtures}/workflows.ts`,
    activities,
    maxHeartbeatThrottleInterval: 50,
  });
  const stopped = worker.run();
  return {
    client: environment.client,
    taskQueue,
    async [Symbol.asyncDispose]() {
      worker.shutdown();
      await stopped;
      await environment.teardown();
    },
  };
}

async function suffer(fault: Fault, server: ServerProcess, fleet: readonly Member[]): Promise<void> {
  if (fault.on === 'worker') return fleet[fault.member]?.suffer(fault.fault, fault.pause);
  await server.kill();
  await Bun.sleep(fault.pause);
  server.startAgain();
}

/** Compares the values of programs with those of the calm server, and looks at their histories. */
async function check(
  runs: readonly ProgramRun[],
  client: Client,
  persistence: Persistence,
  effects: Effects,
  failures: string[],
): Promise<Recording[]> {
  const recorded = await Promise.all(
    runs.map(async (run) => ({
      run,
      recordings: await persistence.send(() => record(client, run.workflowId, run.runId)),
    })),
  );
  const recordings = recorded.flatMap(({ recordings }) => recordings);
  const observers = new Observers();
  const options = {
    workflowsPath: `${fixtures}/workflows.ts`,
    interceptors: { workflowModules: [`${fixtures}/impatience.ts`] },
    sinks: observers.sinks,
  };
  for await (const { workflowId, error } of WorkerRuntime.runReplayHistories(options, recordings)) {
    if (error) failures.push(`${workflowId}: its history does not replay: ${error}`);
  }
  for (const { run, recordings } of recorded) {
    if (!recordings.some(hasOutlivedWorker) && !Bun.deepEquals(run.outcome, run.expected)) {
      failures.push(
        `${run.name}: gave ${JSON.stringify(run.outcome)} in the place of ${JSON.stringify(run.expected)}, ${JSON.stringify(run.program)}`,
      );
    }
    for (const recording of recordings) {
      failures.push(...failedTasks(recording), ...wrongEffects(recording, effects));
      const isLast = recording.history.events?.at(-1)?.workflowExecutionCompletedEventAttributes;
      if (recording.workflowId !== run.workflowId || !isLast || !replaysInOrder(run)) continue;
      if (!Bun.deepEquals(observers.traces.get(recording.runId), run.trace)) {
        failures.push(`${run.name}: does other things in replay`);
      }
    }
  }
  return recordings;
}

/** Whether a replay does everything in the order of the run. Core promises it neither with local activities nor with updates. */
function replaysInOrder({ program }: ProgramRun): boolean {
  return !program.hasLocalActivities && program.inputs.every(({ send }) => send !== 'update');
}

async function replayFailuresOnNode(recordings: Recording[]): Promise<string[]> {
  const replayed = await replayOnNode(recordings, '--chaos');
  return replayed.flatMap(({ workflowId, error }) =>
    error ? [`${workflowId}: its history does not replay on Node: ${error.message}`] : [],
  );
}

/** Whether the programs that are under way end, as long as some do from time to time. */
async function endsBeforePatience(loaded: Promise<void>, load: Load): Promise<boolean> {
  for (let left = Infinity; load.underWay < left; ) {
    left = load.underWay;
    if (await endsWithin(loaded, PATIENCE_MS)) return true;
  }
  return false;
}

async function endsWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const limit = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => limit.resolve(false), ms);
  const ended = await Promise.race([promise.then(() => true), limit.promise]);
  clearTimeout(timer);
  return ended;
}
