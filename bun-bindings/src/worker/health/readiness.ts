import type { State, WorkerStatus } from '../lifecycle/state.ts';
import { type PollingWorker, PollProbe } from './poll-probe.ts';

/** A worker, as its probes see it. */
export interface ProbedWorker extends PollingWorker {
  readonly taskQueue: string;
  getStatus(): WorkerStatus;
}

/** Time in which the server must answer. */
const ANSWER_MS = 2000;

const REASONS: Record<Exclude<State, 'RUNNING'>, string> = {
  INITIALIZED: 'run() has not been called yet',
  STOPPING: 'it is shutting down',
  DRAINING: 'it is shutting down and completes the tasks that it has taken',
  DRAINED: 'it is shutting down and has completed its tasks',
  STOPPED: 'it has stopped',
  FAILED: 'it has failed',
};

/** Questions to the server in progress. Probes that come meanwhile wait for the same answer. */
const asked = new WeakMap<ProbedWorker, Promise<string | undefined>>();

/**
 * Resolves with the reason why a worker gets no tasks, or undefined if it gets them.
 *
 * Core polls again for ever while the server is gone, and the worker's state stays `RUNNING`. So the server is asked for
 * the worker's namespace and whether it takes polls, over the worker's connection.
 */
export async function unreadiness(worker: ProbedWorker): Promise<string | undefined> {
  return reasonOf(worker.getStatus()) ?? (await unanswered(worker)) ?? reasonOf(worker.getStatus());
}

function reasonOf({ runState }: WorkerStatus): string | undefined {
  return runState === 'RUNNING' ? undefined : REASONS[runState];
}

function unanswered(worker: ProbedWorker): Promise<string | undefined> {
  let answer = asked.get(worker);
  if (answer === undefined) {
    answer = ask(worker).finally(() => asked.delete(worker));
    asked.set(worker, answer);
  }
  return answer;
}

async function ask(worker: ProbedWorker): Promise<string | undefined> {
  const { namespace } = worker;
  const polls = pollProbe(worker);
  polls.begin();
  const connection = worker.connection();
  try {
    await connection.askForNamespace(namespace, ANSWER_MS);
    return await polls.refusal();
  } catch (error) {
    return `the server at ${connection.address} does not answer for namespace ${namespace}: ${(error as Error).message}`;
  }
}

const probes = new WeakMap<ProbedWorker, PollProbe>();

function pollProbe(worker: ProbedWorker): PollProbe {
  let probe = probes.get(worker);
  if (probe === undefined) {
    probe = new PollProbe(worker);
    probes.set(worker, probe);
  }
  return probe;
}

/** Ends what is being asked for a worker. */
export function stopAsking(worker: ProbedWorker): void {
  probes.get(worker)?.stop();
}
