import { Worker } from 'node:worker_threads';
import type { Logger } from '@temporalio/common';
import type { coresdk } from '@temporalio/proto';
import type { ServiceConnection } from '../../connection/service-connection.ts';
import { serializeError } from '../../serialize-error.ts';
import { fromPosted } from '../../workflow/threads/posted-error.ts';
import { ActivityTask, ActivityTaskCompletion } from '../activity-messages.ts';
import type { FromThread, ThreadEnvironment, ThreadModules, ToThread } from './messages.ts';
import { ThreadCalls } from './thread-calls.ts';
import { threadEntry } from './thread-entry.ts';

/** An activity that runs in a thread, as the main thread follows it. */
export interface ThreadedRun {
  completion: PromiseWithResolvers<coresdk.IActivityTaskCompletion>;
  onHeartbeat(): void;
}

/** Controls an activity thread from the main thread. */
export class ActivityThread {
  /** Resolves with the types of the module's activities. Rejects if the modules cannot be loaded. */
  readonly loaded: Promise<string[]>;
  readonly #worker: Worker;
  readonly #logger: Logger;
  readonly #loading = Promise.withResolvers<string[]>();
  readonly #runs = new Map<number, ThreadedRun>();
  /** Undefined before the thread belongs to a worker. */
  #calls: ThreadCalls | undefined;
  #nextId = 1;
  #crash: Error | undefined;
  #hasEnded = false;

  constructor(modules: ThreadModules, logger: Logger) {
    this.#logger = logger;
    this.loaded = this.#loading.promise;
    this.loaded.catch(() => undefined); // awaited later
    this.#worker = new Worker(threadEntry(), { workerData: modules });
    this.#worker.on('message', (message: FromThread) => this.#hear(message));
    this.#worker.on('error', (error) => {
      this.#crash ??= serializeError(error);
    });
    this.#worker.on('exit', (code) => {
      this.#end(this.#crash ?? new Error(`An activity thread ended unexpectedly, with exit code ${code}`));
    });
  }

  /** Whether the thread runs no activities any more. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Number of activities that run. */
  get load(): number {
    return this.#runs.size;
  }

  /** Makes the thread one of a worker. `connection` gives the worker's connection, for the calls of its activities. */
  attach(environment: ThreadEnvironment, connection: () => ServiceConnection): void {
    this.#calls = new ThreadCalls(connection, (message) => this.#tell(message));
    this.#tell({ type: 'attach', environment });
  }

  /** Runs the activity of an encoded task. Its completion rejects if the thread crashes. Returns a name for it. */
  start(task: Uint8Array, run: ThreadedRun): number {
    const id = this.#nextId++;
    this.#runs.set(id, run);
    this.#tell({ type: 'start', id, task: task.slice() }); // posting a view clones its whole buffer
    return id;
  }

  cancel(id: number, cancel: coresdk.activity_task.ICancel): void {
    this.#tell({ type: 'cancel', id, task: ActivityTask.encode({ cancel }).finish().slice() });
  }

  /** Ends the thread at once, even with activities that run. */
  stop(): void {
    this.#hasEnded = true;
    this.#calls?.cancelAll();
    this.#worker.unref();
    void this.#worker.terminate();
  }

  #end(crash: Error): void {
    this.#loading.reject(crash);
    if (this.#hasEnded) return;
    this.#logger.error('An activity thread crashed. Its activities fail, and a new thread will take over', {
      error: crash,
    });
    this.stop();
    for (const { completion } of this.#runs.values()) completion.reject(crash);
    this.#runs.clear();
  }

  #tell(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  #hear(message: FromThread): void {
    switch (message.type) {
      case 'loaded':
        this.#loading.resolve(message.activityTypes);
        break;
      case 'loadFailed':
        this.#end(message.error);
        break;
      case 'heartbeat':
        this.#runs.get(message.id)?.onHeartbeat();
        break;
      case 'completed':
        this.#take(message.id)?.completion.resolve(ActivityTaskCompletion.decode(message.completion));
        break;
      case 'failed':
        this.#take(message.id)?.completion.reject(message.error);
        break;
      case 'call':
        void this.#calls?.make(message);
        break;
      case 'cancelCall':
        this.#calls?.cancel(message.id);
        break;
      case 'log':
        this.#logger.log(message.level, message.message, fromPosted(message.meta) as typeof message.meta);
        break;
    }
  }

  #take(id: number): ThreadedRun | undefined {
    const run = this.#runs.get(id);
    this.#runs.delete(id);
    return run;
  }
}
