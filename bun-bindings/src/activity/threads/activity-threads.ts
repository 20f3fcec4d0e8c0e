import { resolve } from 'node:path';
import type { DataConverter, Logger } from '@temporalio/common';
import { throwIfReservedName } from '@temporalio/common/lib/reserved';
import type { coresdk } from '@temporalio/proto';
import type { ServiceConnection } from '../../connection/service-connection.ts';
import { nativeLibraryPath } from '../../native/library.ts';
import { ActivityThread } from './activity-thread.ts';
import type { ActivityThreadsOptions } from './activity-threads-options.ts';
import type { ThreadEnvironment, ThreadModules } from './messages.ts';
import { ThreadedActivity } from './threaded-activity.ts';

/** Runs the activities of a module in threads of their own. A thread that crashes is replaced with the next activity. */
export class ActivityThreads {
  /** The types of the module's activities. */
  readonly activityTypes: ReadonlySet<string>;
  readonly #threads: ActivityThread[];
  readonly #newThread: () => ActivityThread;
  #attach: ((thread: ActivityThread) => void) | undefined;

  /**
   * Starts the threads. Resolves when they have loaded their modules.
   *
   * Rejects if that fails, and with a TypeError if the options ask for what threads cannot have.
   */
  static async start(
    options: ActivityThreadsOptions,
    dataConverter: DataConverter,
    logger: Logger,
  ): Promise<ActivityThreads> {
    const modules = modulesOf(options, dataConverter);
    const newThread = () => new ActivityThread(modules, logger);
    const threads = Array.from({ length: options.size ?? 1 }, newThread);
    try {
      const [activityTypes = []] = await Promise.all(threads.map(({ loaded }) => loaded));
      for (const activityType of activityTypes) throwIfReservedName('activity', activityType);
      return new ActivityThreads(new Set(activityTypes), threads, newThread);
    } catch (error) {
      for (const thread of threads) thread.stop();
      throw error;
    }
  }

  private constructor(activityTypes: ReadonlySet<string>, threads: ActivityThread[], newThread: () => ActivityThread) {
    this.activityTypes = activityTypes;
    this.#threads = threads;
    this.#newThread = newThread;
  }

  /** Makes the threads those of a worker. `connection` gives the worker's connection, for the calls of activities. */
  attach(environment: ThreadEnvironment, connection: () => ServiceConnection): void {
    this.#attach = (thread) => thread.attach(environment, connection);
    for (const thread of this.#threads) this.#attach(thread);
  }

  /** Starts an activity of {@link activityTypes} on the thread that runs the fewest. `bytes` are its task, encoded. */
  newExecution(task: coresdk.activity_task.ActivityTask, bytes: Uint8Array): ThreadedActivity {
    for (const [place, { hasEnded }] of this.#threads.entries()) if (hasEnded) this.#replace(place);
    const [first, ...others] = this.#threads as [ActivityThread, ...ActivityThread[]];
    const idlest = others.reduce((least, thread) => (thread.load < least.load ? thread : least), first);
    return new ThreadedActivity(idlest, task, bytes);
  }

  /** Ends the threads at once, even with activities that run. */
  stop(): void {
    for (const thread of this.#threads) thread.stop();
  }

  /** Starts a thread in the place of one that crashed. Its first messages wait until it has loaded its modules. */
  #replace(place: number): void {
    const thread = this.#newThread();
    this.#threads[place] = thread;
    this.#attach?.(thread);
  }
}

function modulesOf(options: ActivityThreadsOptions, dataConverter: DataConverter): ThreadModules {
  const { activitiesPath, interceptorModules = [], dataConverterPath } = options;
  const { payloadCodecs = [], externalStorage, payloadConverterPath, failureConverterPath } = dataConverter;
  if (dataConverterPath === undefined && (payloadCodecs.length > 0 || externalStorage !== undefined)) {
    throw new TypeError(
      'WorkerOptions.activityThreads.dataConverterPath must name a module that exports dataConverter, because ' +
        'payloadCodecs and externalStorage of WorkerOptions.dataConverter cannot be handed to threads',
    );
  }
  return {
    activitiesPath: resolve(activitiesPath),
    interceptorModules: interceptorModules.map((path) => resolve(path)),
    dataConverterPath: dataConverterPath && resolve(dataConverterPath),
    payloadConverterPath,
    failureConverterPath,
    nativeLibraryPath: nativeLibraryPath(),
  };
}
