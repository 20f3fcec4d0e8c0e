import { CommandError } from '../command-error.ts';
import type { ReplayOutcome } from '../replay/replay-report.ts';
import { Changes } from './changes.ts';
import { type Tried, tryChanges } from './try-changes.ts';
import { WorkerChild } from './worker-child.ts';

/** News of a session. */
export type DevEvent =
  | { event: 'running'; taskQueues: string[] }
  | { event: 'changed'; files: string[] }
  | { event: 'broken'; workflows: ReplayOutcome[] }
  | { event: 'failed'; message: string }
  | { event: 'replaced'; fits: number; taskQueues: string[] }
  | { event: 'ended' };

/** Options of a {@link DevSession}. */
export interface DevOptions {
  /** The module that runs the worker. */
  program: string;
  /** The folder that is watched. */
  folder: string;
  /** The server's address, which the program gets as TEMPORAL_ADDRESS. */
  address: string;
  /** The most running workflows that are replayed after a change. */
  limit: number;
  /** Whether the program's output goes to standard error. */
  quiet: boolean;
  report(event: DevEvent): void;
}

/** Runs a worker, and replaces it when its files change and running workflows fit the new code. */
export class DevSession {
  readonly #options: DevOptions;
  readonly #changes: Changes;
  /** The program that takes tasks, and earlier ones that have activities to end. */
  readonly #children = new Set<WorkerChild>();
  readonly #stopped = new AbortController();
  #current: WorkerChild | undefined;

  constructor(options: DevOptions) {
    this.#options = options;
    this.#changes = new Changes(options.folder);
  }

  /** Runs until {@link stop} is called. Rejects if the program ends before its first worker takes tasks. */
  async run(): Promise<void> {
    const { report } = this.#options;
    try {
      const first = this.#start();
      if (await first.running) {
        this.#current = first;
        report({ event: 'running', taskQueues: taskQueuesOf(first) });
      } else if (!this.#stopped.signal.aborted) {
        throw new CommandError(`the program ended with code ${await first.exited} before a worker took tasks`);
      }
      for (let files = await this.#changes.next(); files !== undefined; files = await this.#changes.next()) {
        report({ event: 'changed', files });
        await this.#replace();
      }
    } finally {
      this.stop();
      await Promise.all([...this.#children].map(({ exited }) => exited));
      report({ event: 'ended' });
    }
  }

  /** Drains all that runs. A second call ends it at once. */
  stop(): void {
    const isFirst = !this.#stopped.signal.aborted;
    this.#stopped.abort();
    this.#changes.close();
    for (const child of this.#children) {
      if (isFirst) child.stop();
    }
  }

  /** Ends all that runs at once. */
  kill(): void {
    for (const child of this.#children) child.kill();
  }

  #start(): WorkerChild {
    const { program, address, quiet } = this.#options;
    const child = new WorkerChild(program, { TEMPORAL_ADDRESS: address }, quiet);
    this.#children.add(child);
    void child.exited.then(() => this.#children.delete(child));
    return child;
  }

  /** Tries the changed code, and puts it in the place of what runs if no running workflow would break. */
  async #replace(): Promise<void> {
    const { report } = this.#options;
    const tried = await this.#try();
    if (this.#stopped.signal.aborted) return;
    if (tried.failure !== undefined) return report({ event: 'failed', message: tried.failure });
    if (tried.broken.length > 0) return report({ event: 'broken', workflows: tried.broken });
    const next = this.#start();
    if (!(await next.running)) {
      return report({ event: 'failed', message: `the program ended with code ${await next.exited}` });
    }
    // Both take tasks for a moment, so that none waits. The earlier one ends when its activities have.
    this.#current?.stop();
    this.#current = next;
    report({ event: 'replaced', fits: tried.fits, taskQueues: taskQueuesOf(next) });
  }

  async #try(): Promise<Tried> {
    const { address, limit } = this.#options;
    const options = { address, limit, signal: this.#stopped.signal };
    const tried: Tried = { fits: 0, broken: [] };
    for (const worker of this.#current?.workers ?? []) {
      const { fits, broken, failure } = await tryChanges(worker, options);
      if (failure !== undefined) return { ...tried, failure };
      tried.fits += fits;
      tried.broken.push(...broken);
    }
    return tried;
  }
}

function taskQueuesOf({ workers }: WorkerChild): string[] {
  return workers.map(({ taskQueue }) => taskQueue);
}
