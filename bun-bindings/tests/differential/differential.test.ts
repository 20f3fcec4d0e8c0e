import { expect, test } from 'bun:test';
import { setTimeout } from 'node:timers/promises';
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
import { ProgramExecution, type ProgramRun } from './program-run.ts';
import { generateSubjects, type Subject } from './subjects.ts';
import { differenceBetween, viewsOf } from './views.ts';
import { whileItMoves } from './while-it-moves.ts';

// Activities of programs fail on purpose, which would fill the log.
Runtime.install({ logger: new RecordingLogger(), telemetryOptions: { logging: { filter: 'OFF' } } });
const workflowsPath = `${import.meta.dir}/../determinism/fixtures/interpreter.ts`;
const real = useTestEnvironment({ server: { executable: { type: 'existing-path', path: temporalCli() } } });
const embedded = useTestEnvironment({ embedded: true, server: { time: 'real' } });

const PROGRAMS = Number(process.env.DIFFERENTIAL_PROGRAMS ?? 30);
const SEED = Number(process.env.DIFFERENTIAL_SEED ?? 20_260_501);
const TOGETHER = 20;
/**
 * The longest time in which nothing happens in a program that goes on. An overloaded real server loses starts of activities,
 * which their limit of a minute makes good.
 */
const STILLNESS_MS = 90_000;
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
    const began = Date.now();
    const left = subjects.values();
    // Workers stop together: an activity that is past its limit goes on for some seconds.
    await ours.runUntil(() =>
      theirs.runUntil(async () => {
        await Promise.all(Array.from({ length: TOGETHER }, compareWhatIsLeft));
      }),
    );
    if (process.env.DIFFERENTIAL_PROGRAMS) {
      const events = recordings.reduce((sum, { history }) => sum + (history.events?.length ?? 0), 0);
      console.log(
        `${subjects.length} programs of the seeds from ${SEED} on, ${events} events, ${again} run again, ` +
          `${differences.length} differences, ${((Date.now() - began) / 60_000).toFixed(1)} minutes`,
      );
    }
    if (differences.length > 0) throw new Error(differences.join('\n\n'));

    const replays = WorkerRuntime.runReplayHistories({ workflowsPath, sinks: new Observers().sinks }, recordings);
    for await (const { error } of replays) expect(error).toBeUndefined();

    async function compareWhatIsLeft(): Promise<void> {
      for (const subject of left) {
        const comparison = new Comparison(subject);
        try {
          while (!comparison.agrees && comparison.attempts < ATTEMPTS) await comparison.attempt(taskQueue);
          if (!comparison.agrees) differences.push(comparison.difference());
        } catch (error) {
          differences.push(`${comparison.name}: ${error}`);
        }
        again += comparison.attempts - 1;
        recordings.push(...comparison.recordings);
      }
    }

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
  // Programs that do not end are found by their stillness.
  300_000 + PROGRAMS * 10_000,
);

/** One program on both servers, as often as it takes until they have done the same. */
class Comparison {
  attempts = 0;
  readonly #ours: Seen[] = [];
  readonly #theirs: Seen[] = [];
  readonly recordings: Recording[] = [];

  constructor(readonly subject: Subject) {}

  get name(): string {
    const { seed, program, view } = this.subject;
    return `the program of seed ${seed}, ${view}: ${JSON.stringify(program)}`;
  }

  get agrees(): boolean {
    return this.#ours.some((one) => this.#theirs.some((other) => one.text === other.text));
  }

  async attempt(taskQueue: string): Promise<void> {
    this.attempts++;
    const run = async (name: string, client: Client) => {
      const execution = new ProgramExecution(client, taskQueue, this.subject.program);
      const pause = (signal: AbortSignal) => setTimeout(STILLNESS_MS, undefined, { signal });
      return whileItMoves(execution.run(), () => execution.place(), pause).catch((error) => {
        throw new Error(`on the ${name} server: ${[error.message, error.cause].filter(Boolean).join(': ')}`);
      });
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
    return [this.name, ...differenceBetween(ours, theirs).map((line) => `  ${line}`)].join('\n');
  }
}

interface Seen {
  text: string;
  lines: string[];
}
