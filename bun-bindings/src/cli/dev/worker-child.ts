import { fileURLToPath } from 'node:url';
import type { Subprocess } from 'bun';

/** A worker that has begun to take tasks, as the program reports it. */
export interface RunningWorker {
  taskQueue: string;
  namespace: string;
  /** The module of its workflows. Undefined if they are bundled beforehand, or there are none. */
  workflowsPath?: string | undefined;
}

const REPORT = fileURLToPath(new URL('./report-worker.ts', import.meta.url));

/** The program of a worker in a process of its own, which a Ctrl-C in the terminal does not reach. */
export class WorkerChild {
  /** Workers that have begun to run. */
  readonly workers: RunningWorker[] = [];
  readonly #process: Subprocess;
  readonly #running = Promise.withResolvers<boolean>();

  /** @param quiet whether the program writes to standard error only */
  constructor(program: string, env: Record<string, string>, quiet: boolean) {
    this.#process = Bun.spawn([process.execPath, '--preload', REPORT, program], {
      env: { ...process.env, ...env },
      detached: true,
      stdio: ['ignore', quiet ? 2 : 'inherit', 'inherit'],
      ipc: (message: RunningWorker) => {
        this.workers.push(message);
        this.#running.resolve(true);
      },
    });
    void this.#process.exited.then(() => this.#running.resolve(false));
  }

  /** Resolves with true when a worker takes tasks, and with false if the program ends before. */
  get running(): Promise<boolean> {
    return this.#running.promise;
  }

  /** Resolves with the exit code when the program has ended. */
  get exited(): Promise<number> {
    return this.#process.exited;
  }

  /** Asks the program to drain and end. */
  stop(): void {
    this.#process.kill('SIGTERM');
  }

  /** Ends the program at once. */
  kill(): void {
    this.#process.kill('SIGKILL');
  }
}
