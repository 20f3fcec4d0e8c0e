import { availableParallelism } from 'node:os';
import { relative } from 'node:path';
import type { History } from '@temporalio/common/lib/proto-utils';
import type { ReplayWorkerOptions } from '../../worker/options/worker-options.ts';
import type { ReplayResult } from '../../worker/replay/replay-result.ts';
import { WorkerRuntime } from '../../worker/worker.ts';
import { type Divergence, divergenceOf } from './divergence.ts';
import type { NamedHistory, UnreadHistory } from './histories.ts';
import { outcomeOf, type ReplayOutcome } from './replay-report.ts';

/** Each replays with a thread of its own. More would wait for histories that are fetched one after the other. */
const MOST_WORKERS = 4;

/** Options of {@link replayAll}. */
export interface ReplayAllOptions {
  worker: ReplayWorkerOptions;
  /** The module of the workflows, to tell where one is that has returned too early. */
  workflows?: string | undefined;
  /** Called with each outcome as it comes. */
  onOutcome(outcome: ReplayOutcome): void;
}

/**
 * Replays histories, several at once. Resolves with the outcomes in the order of the histories. One that cannot be read or
 * replayed has failed, and the others go on.
 *
 * Rejects if the workflows cannot be loaded, or if `histories` fails.
 */
export async function replayAll(
  histories: AsyncGenerator<NamedHistory | UnreadHistory>,
  options: ReplayAllOptions,
): Promise<ReplayOutcome[]> {
  const outcomes: ReplayOutcome[] = [];
  let count = 0;
  const add = (index: number, outcome: ReplayOutcome) => {
    outcomes[index] = outcome;
    options.onOutcome(outcome);
  };
  /** The histories that one worker takes, of those that all take from. */
  async function* taken(read: Map<number, NamedHistory>): AsyncGenerator<NamedHistory & { history: History }> {
    for (let next = await histories.next(); !next.done; next = await histories.next()) {
      const named = next.value;
      if ('error' in named) {
        add(count++, { ...outcomeOf(named.source, named.workflowId, named.error), isUnread: true });
        continue;
      }
      read.set(count++, named);
      yield { ...named, history: named.history as History };
    }
  }
  const replaySome = async (read: Map<number, NamedHistory>): Promise<void> => {
    for await (const result of WorkerRuntime.runReplayHistories(options.worker, taken(read))) {
      // A worker reads ahead, and gives results in the order of its histories.
      const [index, named] = read.entries().next().value as [number, NamedHistory];
      read.delete(index);
      add(index, outcomeOf(named.source, named.workflowId, result.error, divergence(named, result, options)));
    }
  };
  /** Goes on with another worker after a history that the worker does not take, since it ends then. */
  const replayAsMany = async (): Promise<void> => {
    for (;;) {
      const read = new Map<number, NamedHistory>();
      try {
        return await replaySome(read);
      } catch (error) {
        // Those before it have their results.
        const [refused] = read;
        if (refused === undefined) throw error;
        const [index, { source, workflowId }] = refused;
        add(index, { ...outcomeOf(source, workflowId, notAHistory(source, error)), isUnread: true });
      }
    }
  };
  const workers = Math.min(MOST_WORKERS, availableParallelism());
  await Promise.all(Array.from({ length: workers }, replayAsMany));
  return outcomes;
}

function notAHistory(source: string, cause: unknown): Error {
  return new Error(`${source} is not the history of a workflow: ${(cause as Error).message}`, { cause });
}

function divergence({ history }: NamedHistory, { error, places }: ReplayResult, { workflows }: ReplayAllOptions) {
  if (error === undefined) return undefined;
  const found = divergenceOf(history, error.message, places);
  const place = found.place ?? (workflows === undefined ? undefined : declarationOf(history, workflows));
  return { ...found, place: place && relative(process.cwd(), place) } satisfies Divergence;
}

/** Where the workflow of a history is declared, as `file:line`: a function that returns leaves no other place. */
function declarationOf(history: unknown, workflows: string): string | undefined {
  const [started] = (
    history as { events: { workflowExecutionStartedEventAttributes?: { workflowType?: { name?: string } } }[] }
  ).events;
  const type = started?.workflowExecutionStartedEventAttributes?.workflowType?.name;
  const { exportedNames, ParsedModules } =
    require('../source/exported-names.ts') as typeof import('../source/exported-names.ts');
  try {
    const found = exportedNames(workflows, new ParsedModules()).find(({ name }) => name === type);
    return found && `${found.file}:${found.line}`;
  } catch {
    return undefined; // the module cannot be parsed as it is
  }
}
