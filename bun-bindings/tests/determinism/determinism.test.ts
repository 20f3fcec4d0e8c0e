import { expect, test } from 'bun:test';
import { Runtime } from '../../src/runtime/runtime.ts';
import type { WorkerOptions } from '../../src/worker/options/worker-options.ts';
import { WorkerRuntime } from '../../src/worker/worker.ts';
import { useDevServer } from '../support/dev-server.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { withWorker } from '../support/test-worker.ts';
import { type Execution, execute } from './execution.ts';
import * as activities from './fixtures/activities.ts';
import { generateProgram } from './generator.ts';
import { Observers } from './observers.ts';
import type { Program } from './program.ts';
import { isComplete, type Recording } from './recording.ts';
import { SeededRandom } from './seeded-random.ts';

// Activities of programs fail on purpose, which would fill the log.
Runtime.install({ logger: new RecordingLogger() });
const server = useDevServer();
const workflowsPath = `${import.meta.dir}/fixtures/interpreter.ts`;

const PROGRAMS_PER_SEED = 20;
const again = process.env.DETERMINISM_SEED;
const seeds = again === undefined ? [20_260_401, crypto.getRandomValues(new Uint32Array(1))[0] ?? 0] : [Number(again)];

/** A generated program, and what to call it when it fails. */
interface Subject {
  name: string;
  closed: boolean;
  program: Program;
}

function subjectsOf(seed: number): Subject[] {
  return Array.from({ length: PROGRAMS_PER_SEED }, (_, index) => {
    const closed = index % 2 === 0;
    const program = generateProgram({ random: new SeededRandom(seed + index), closed });
    return { name: `Program ${index} of DETERMINISM_SEED=${seed}`, closed, program };
  });
}

test.each(seeds)(
  'generated workflows run, and replay as they ran: seed %d',
  async (seed) => {
    const subjects = subjectsOf(seed);
    const closed = subjects.filter((subject) => subject.closed);
    const withoutLocal = closed.filter(({ program }) => !program.hasLocalActivities);
    const observers = new Observers();
    const [cached, uncached, inTwoThreads] = await Promise.all([
      runAll(subjects, observers, {}),
      runAll(withoutLocal, observers, { maxCachedWorkflows: 0 }),
      runAll(closed, observers, { workflowThreadPoolSize: 2 }),
    ]);
    for (const other of [uncached, inTwoThreads]) {
      for (const [subject, execution] of other) {
        await naming(subject, 'on another worker', async () => {
          expect(valuesOf(execution)).toEqual(valuesOf(cached.get(subject)));
        });
      }
    }

    const recordings = [cached, uncached, inTwoThreads].flatMap((executions) =>
      [...executions].flatMap(([subject, execution]) =>
        execution.recordings.map((recording) => ({ subject, recording })),
      ),
    );
    const replays = replay(recordings.map(({ recording }) => recording));
    for (const { subject, recording } of recordings) {
      await naming(subject, 'in replay', async () => {
        const { value: replayed } = await replays.next();
        if (replayed?.error) throw replayed.error;
        if (isComplete(recording)) expect(replayed?.trace).toEqual(observers.traces.get(recording.runId));
      });
    }
    // At its end the replay worker lets go of the runtime.
    expect((await replays.next()).done).toBe(true);
  },
  120_000,
);

test('a workflow that goes by the real clock is found out by its trace', async () => {
  expect(String(await failureOf({ do: 'clock' }))).toContain('toEqual');
});

test('a workflow that does other things in replay is found out by its history', async () => {
  expect(String(await failureOf({ do: 'replayDependent' }))).toContain('Nondeterminism error');
});

async function failureOf(step: Program['steps'][number]): Promise<unknown> {
  const subject = {
    name: 'A forbidden program',
    closed: true,
    program: { steps: [step], inputs: [], hasLocalActivities: false },
  };
  return runAll([subject], new Observers(), {}).catch((error) => error);
}

/** Runs all programs at once on a worker with these options. */
async function runAll(
  subjects: Subject[],
  observers: Observers,
  options: Partial<WorkerOptions>,
): Promise<Map<Subject, Execution>> {
  const workerOptions: Partial<WorkerOptions> = {
    workflowsPath,
    activities,
    sinks: observers.sinks,
    maxHeartbeatThrottleInterval: 50, // how soon an activity learns of its cancellation
    patchActivationCallback: ({ patchId }) => patchId.length % 2 === 0,
    ...options,
  };
  return withWorker(server, workerOptions, async ({ client, taskQueue }) => {
    const executions = await Promise.allSettled(
      subjects.map(async (subject) => {
        const execution = await naming(subject, `with ${JSON.stringify(options)}`, () =>
          execute(client, taskQueue, subject.program),
        );
        return [subject, execution] as const;
      }),
    );
    return new Map(
      executions.map((execution) => {
        if (execution.status === 'rejected') throw execution.reason;
        return execution.value;
      }),
    );
  });
}

/** The outcome that a closed program has in every execution. */
function valuesOf(execution: Execution | undefined): unknown {
  return { values: execution?.observation.values, updates: execution?.updates };
}

/** Replays histories, and gives the trace of each that comes to its end. */
async function* replay(recordings: Recording[]) {
  const observers = new Observers();
  const options = { workflowsPath, sinks: observers.sinks };
  for await (const { runId, error } of WorkerRuntime.runReplayHistories(options, recordings)) {
    yield { error, trace: observers.traces.get(runId) };
  }
}

/** Adds the name of the failed program to an error. */
async function naming<T>({ name }: Subject, when: string, fn: () => Promise<T>): Promise<T> {
  try {
    return await fn();
  } catch (cause) {
    throw new Error(`${name}, ${when}: ${cause}`, { cause });
  }
}
