import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { usageError } from '../command-error.ts';
import { type ConnectionFlags, configOf, identity } from '../connection-flags.ts';

/** A workflow history in JSON form, and where it comes from. */
export interface NamedHistory {
  /** A file's path, or a workflow id. */
  source: string;
  workflowId: string;
  /** An object as `temporal workflow show --output json` prints it. */
  history: unknown;
}

/** A file or workflow whose history cannot be read. */
export interface UnreadHistory {
  source: string;
  workflowId: string;
  /** Says what is wrong with it, and names it. */
  error: Error;
}

/** Where histories are taken from. Everything that is given is read, files first. */
export interface HistorySources {
  /** Files, or folders whose `.json` files are read. */
  paths: readonly string[];
  workflowIds?: readonly string[];
  /** A visibility query, such as `WorkflowType = 'order' AND ExecutionStatus = 'Completed'`. */
  query?: string;
  /** Bounds the workflows that the query gives. */
  limit?: number;
}

/**
 * Reads histories one after the other, so that only those under way are in memory. One that cannot be read does not keep the
 * others from being read.
 *
 * Throws a usage error, before anything else, if a path does not exist.
 */
export async function* readHistories(
  sources: HistorySources,
  flags: ConnectionFlags,
): AsyncGenerator<NamedHistory | UnreadHistory> {
  const files = await Promise.all(sources.paths.map(historyFiles));
  for (const file of files.flat()) yield await readHistoryFile(file);
  if (!sources.workflowIds?.length && sources.query === undefined) return;
  yield* fetchHistories(sources, flags);
}

async function historyFiles(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw usageError(`there is no file or folder ${path}`);
  if (!found.isDirectory()) return [path];
  const names = await readdir(path, { recursive: true });
  return names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(path, name));
}

async function readHistoryFile(file: string): Promise<NamedHistory | UnreadHistory> {
  const named = { source: file, workflowId: basename(file, '.json') };
  const unread = (problem: string, cause: unknown) => ({
    ...named,
    error: new Error(`${file} ${problem}: ${(cause as Error).message}`, { cause }),
  });
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    return unread('cannot be read', cause);
  }
  try {
    // Editors of Windows begin a file with a byte order mark.
    const history = JSON.parse(text.replace(/^\uFEFF/, '')) as { events?: unknown };
    if (!Array.isArray(history?.events)) throw new TypeError('it has no list of events');
    return { ...named, history };
  } catch (cause) {
    return unread('is not a workflow history in JSON', cause);
  }
}

async function* fetchHistories(
  sources: HistorySources,
  flags: ConnectionFlags,
): AsyncGenerator<NamedHistory | UnreadHistory> {
  const [{ Client }, { NativeConnection }, { historyToJSON }] = await Promise.all([
    import('@temporalio/client'),
    import('../../connection/index.ts'),
    import('@temporalio/common/lib/proto-utils'),
  ]);
  const { connectionOptions, namespace } = await configOf(flags);
  const connection = await NativeConnection.connect(connectionOptions);
  try {
    const { workflow } = new Client({ connection, namespace, identity });
    const fetched = async (workflowId: string, runId?: string): Promise<NamedHistory | UnreadHistory> => {
      try {
        const history = await workflow.getHandle(workflowId, runId).fetchHistory();
        return { source: workflowId, workflowId, history: JSON.parse(historyToJSON(history)) };
      } catch (cause) {
        const error = new Error(`the history of ${workflowId} cannot be fetched: ${(cause as Error).message}`, {
          cause,
        });
        return { source: workflowId, workflowId, error };
      }
    };
    for (const workflowId of sources.workflowIds ?? []) yield await fetched(workflowId);
    if (sources.query === undefined) return;
    let left = sources.limit ?? Number.POSITIVE_INFINITY;
    for await (const { workflowId, runId } of workflow.list({ query: sources.query })) {
      if (left-- <= 0) return;
      yield await fetched(workflowId, runId);
    }
  } finally {
    await connection.close();
  }
}
