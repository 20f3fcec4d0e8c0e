import { expect, test } from 'bun:test';
import type { Client } from '@temporalio/client';
import { Runtime } from '../../src/runtime/runtime.ts';
import { useTestEnvironment } from '../../src/testing/index.ts';
import { WorkerRuntime } from '../../src/worker/worker.ts';
import * as activities from '../determinism/fixtures/activities.ts';
import { operationHandlers } from '../determinism/fixtures/operation-handlers.ts';
import { Observers } from '../determinism/observers.ts';
import { OPERATIONS_ENDPOINT } from '../determinism/operations.ts';
import type { Recording } from '../determinism/recording.ts';
import { temporalCli } from '../support/dev-server.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { type ProgramRun, placeOf, runProgram } from './program-run.ts';
import { generateSubjects, type Subject } from './subjects.ts';
import { differenceBetween, viewsOf } from './views.ts';

// Activities of programs fail on purpose, which would fill the log.
Runtime.install({ logger: new RecordingLogger(), telemetryOptions: { logging: { filter: 'OFF' } } });
const workflowsPath = `${import.meta.dir}/../determinism/fixtures/interpreter.ts`;
const real = useTestEnvironment({ server: { executable: { type: 'existing-path', path: temporalCli() } } });
const embedded = useTestEnvironment({ embedded: true, server: { time: 'real' } });

const PROGRAMS = Number(process.env.DIFFERENTIAL_PROGRAMS ?? 30);
const SEED = Number(process.env.DIFFERENTIAL_SEED ?? 20_260_501);
const TOGETHER = 20;
const TIME_LIMIT_MS = 60_000;
/** How often a server may run a program until it does what the other one did: the order of some events is open. */
const ATTEMPTS = 10;

test(
  `the embedded server does with ${PROGRAMS} programs what the real one does`,
  async () => {
    const taskQueue = `differential-${crypto.randomUUID()}`;
    const subjects = generateSubjects(PROGRAMS, SEED);
    for (const env of [embedded, real]) await env.createNexusEndpoint(OPERATIONS_ENDPOINT, taskQueue);
    const [ours, theirs] = await Promise.all([createWorker(embedded), createWorker(real)]);
    const differences: string[] = [];
    const recordings: Recording[] = [];
    let again = 0;
    // Workers stop together: an activity that is past its limit goes on for some seconds.
    await ours.runUntil(() =>
      theirs.runUntil(async () => {
        for (let first = 0; first < subjects.length; first += TOGETHER) {
          const some = subjects.slice(first, first + TOGETHER);
          await Promise.all(
            some.map(async (subject) => {
              const comparison = new Comparison(subject);
              try {
                while (!comparison.agrees && comparison.attempts < ATTEMPTS) await comparison.attempt(taskQueue);
                if (!comparison.agrees) differences.push(comparison.difference());
              } catch (error) {
                differences.push(`${subject.name}: ${error}, ${JSON.stringify(subject.program)}`);
              }
              again += comparison.attempts - 1;
              recordings.push(...comparison.recordings);
            }),
          );
        }
      }),
    );
    if (process.env.DIFFERENTIAL_PROGRAMS) {
      const events = recordings.reduce((sum, { history }) => sum + (history.events?.length ?? 0), 0);
      console.log(
        `${subjects.length} programs, ${events} events, ${again} run again, ${differences.length} differences`,
      );
    }
    if (differences.length > 0) throw new Error(differences.join('\n\n'));

    const replays = WorkerRuntime.runReplayHistories({ workflowsPath, sinks: new Observers().sinks }, recordings);
    for await (const { error } of replays) expect(error).toBeUndefined();

    async function createWorker(env: typeof real): Promise<WorkerRuntime> {
      return WorkerRuntime.create({
        connection: env.nativeConnection,
        taskQueue,
        workflowsPath,
        activities,
        nexusServices: [operationHandlers],
        sinks: new Observers().sinks,
        maxHeartbeatThrottleInterval: 50, // how soon an activity learns of its cancellation
        patchActivationCallback: ({ patchId }) => patchId.length % 2 === 0,
      });
    }
  },
  60_000 + PROGRAMS * 2_000,
);

/** One program on both servers, as often as it takes until they have done the same. */
class Comparison {
  attempts = 0;
  readonly #ours: Seen[] = [];
  readonly #theirs: Seen[] = [];
  readonly recordings: Recording[] = [];

  constructor(readonly subject: Subject) {}

  get agrees(): boolean {
    return this.#ours.some((one) => this.#theirs.some((other) => one.text === other.text));
  }

  async attempt(taskQueue: string): Promise<void> {
    this.attempts++;
    const run = async (name: string, client: Client) => {
      const workflowId = crypto.randomUUID();
      const end = await inTime(runProgram(client, taskQueue, workflowId, this.subject.program));
      if (end) return end;
      const place = await placeOf(client, workflowId);
      throw new Error(`on the ${name} server it did not end within ${TIME_LIMIT_MS} ms: ${place}`);
    };
    const [ours, theirs] = await Promise.all([run('embedded', embedded.client), run('real', real.client)]);
    this.recordings.push(...ours.recordings);
    this.#ours.push(this.#see(ours));
    this.#theirs.push(this.#see(theirs));
  }

  #see({ outcome, recordings }: ProgramRun): Seen {
    const views = viewsOf(recordings);
    const lines = [`outcome ${JSON.stringify(outcome)}`, ...views[this.subject.view]];
    return { text: lines.join('\n'), lines };
  }

  difference(): string {
    const [ours, theirs] = [this.#ours[0]?.lines ?? [], this.#theirs[0]?.lines ?? []];
    return [
      `${this.subject.name}, ${this.subject.view}: ${JSON.stringify(this.subject.program)}`,
      ...differenceBetween(ours, theirs).map((line) => `  ${line}`),
    ].join('\n');
  }
}

/** Resolves to nothing when a program does not end in time, as one does that waits for an event which a server forgets. */
async function inTime<T>(promise: Promise<T>): Promise<T | undefined> {
  const timeout = Promise.withResolvers<undefined>();
  const timer = setTimeout(timeout.resolve, TIME_LIMIT_MS);
  try {
    return await Promise.race([promise, timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}

interface Seen {
  text: string;
  lines: string[];
}
