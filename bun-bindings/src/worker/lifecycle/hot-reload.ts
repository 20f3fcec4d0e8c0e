import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/** A worker, as a reload sees it. */
interface Disposable {
  dispose(): Promise<void>;
}

/** A worker, and the evaluation of the program that has created it. */
interface HotWorker extends Disposable {
  evaluation: object;
}

const workersKey = Symbol.for('temporal-bun-sdk.hot-workers');
const survivors = globalThis as { [workersKey]?: Set<HotWorker> };

/** `bun --hot` evaluates this module again with the program. Only the global object stays. */
const evaluation = {};

/**
 * Ends the workers of the program's earlier evaluations, and resolves when they have drained: one polls at a time, and ports are
 * free again.
 */
export async function endEarlierWorkers(): Promise<void> {
  const earlier = [...(survivors[workersKey] ?? [])].filter((worker) => worker.evaluation !== evaluation);
  await Promise.all(earlier.map((worker) => worker.dispose()));
}

/**
 * Ends a worker when a module of the program or of its workflows changes, for its `run()` to settle and Bun to evaluate the
 * program again. The next evaluation finds it if nobody waits for `run()`.
 *
 * @param ended settles when the worker has ended.
 */
export function endWhenChanged(worker: Disposable, ended: Promise<void>, workflowSources: readonly string[]): void {
  const entry: HotWorker = { evaluation, dispose: () => worker.dispose() };
  survivors[workersKey] ??= new Set();
  const entries = survivors[workersKey];
  entries.add(entry);
  const watchers = watchFiles([...programModules(), ...workflowSources], () => worker.dispose());
  ended.finally(() => {
    entries.delete(entry);
    for (const watcher of watchers) watcher.close();
  });
}

function programModules(): string[] {
  return [Bun.main, ...Object.keys(require.cache)].filter((file) => !/[\\/]node_modules[\\/]/.test(file));
}

/** Calls back for each change of one of the files. Editors write another file and rename it, so folders are watched. */
function watchFiles(files: readonly string[], onChange: () => void): FSWatcher[] {
  const names = Map.groupBy(new Set(files), dirname);
  return [...names].map(([folder, inFolder]) => {
    const watched = new Set<string | null>(inFolder.map((file) => basename(file)));
    return watch(folder, { persistent: false }, (_, name) => {
      if (watched.has(name)) onChange();
    });
  });
}
