import { AsyncLocalStorage } from 'node:async_hooks';
import type { LoadedBundle } from '../bundling/loaded-bundle.ts';
import { IsolateHost, type IsolateOptions } from '../sandbox/host.ts';
import type { Eviction } from './task-runner.ts';

const current = new AsyncLocalStorage<SharedIsolates>();

/** Time that workflow code may run without a pause, in ms: it keeps the main thread from everything else meanwhile. */
const EXECUTION_TIMEOUT_MS = 5_000;

interface SharedIsolate {
  readonly host: IsolateHost;
  readonly bundle: LoadedBundle;
  readonly optionsText: string;
  readonly decidePatch: IsolateOptions['decidePatch'];
  isInUse: boolean;
}

/**
 * The isolates of workers that come one after another in the main thread: to make an isolate takes longer than a short workflow
 * does. The runs of a worker see nothing of those of an earlier one, as runs of one isolate never do.
 *
 * No debugger sees the code in them.
 */
export class SharedIsolates {
  readonly #all: SharedIsolate[] = [];
  #listener: ((eviction: Eviction) => void) | undefined;

  /** The isolates that workers share that are made here; undefined if each has its own. */
  static get current(): SharedIsolates | undefined {
    return current.getStore();
  }

  /** Lets the workers that `call` makes in debug mode share isolates. They are gone when `call` is done. */
  static async during<T>(call: () => Promise<T>): Promise<T> {
    const isolates = new SharedIsolates();
    try {
      return await current.run(isolates, call);
    } finally {
      for (const { host } of isolates.#all) host.close();
    }
  }

  /** Tells `listener` of each run that leaves the cache of a worker, and no other one any more. */
  listen(listener: (eviction: Eviction) => void): void {
    this.#listener = listener;
  }

  tell(eviction: Eviction): void {
    this.#listener?.(eviction);
  }

  /** An isolate for a worker, which {@link giveBack gives it back}. */
  take(bundle: LoadedBundle, options: Omit<IsolateOptions, 'bundle'>): IsolateHost {
    const optionsText = JSON.stringify(options);
    const found = this.#all.find(
      (one) =>
        !one.isInUse &&
        one.decidePatch === options.decidePatch &&
        one.optionsText === optionsText &&
        one.bundle.library.code === bundle.library.code &&
        one.bundle.workflows.code === bundle.workflows.code,
    );
    if (found !== undefined) {
      found.isInUse = true;
      return found.host;
    }
    const host = new IsolateHost({ ...options, bundle, isolateExecutionTimeoutMs: EXECUTION_TIMEOUT_MS });
    this.#all.push({ host, bundle, optionsText, decidePatch: options.decidePatch, isInUse: true });
    return host;
  }

  giveBack(host: IsolateHost): void {
    host.dropRuns();
    for (const one of this.#all) if (one.host === host) one.isInUse = false;
  }
}
