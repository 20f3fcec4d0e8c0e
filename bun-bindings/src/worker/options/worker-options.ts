import type { DataConverter } from '@temporalio/common';
import type { Duration } from '@temporalio/common/lib/time';
import type { ServiceHandler } from 'nexus-rpc';
import type { ActivityThreadsOptions } from '../../activity/threads/activity-threads-options.ts';
import type { NativeConnection } from '../../connection/index.ts';
import type { WorkerInterceptors } from '../../interceptors.ts';
import type { WorkflowBundleOption } from '../../workflow/bundling/bundle-option.ts';
import type { BundleOptions } from '../../workflow/bundling/bundler.ts';
import type { PatchActivationCallback } from '../../workflow/threads/patch-activation.ts';
import type { InjectedSinks } from '../sinks/sinks.ts';
import type { WorkerTuner } from '../tuner/worker-tuner.ts';
import type { WorkerDeploymentOptions } from './deployment-options.ts';
import type { HealthServerOptions } from './health-server-options.ts';
import type { PollerBehavior } from './poller-behavior.ts';

/**
 * Options of a worker. Only `taskQueue` is required.
 *
 * Times are numbers of milliseconds or strings that the `ms` package understands, such as `'10s'`.
 * The defaults suit development. Tune them for production.
 */
export interface WorkerOptions {
  /**
   * The connection to the server. The caller owns it and closes it after the worker has stopped.
   *
   * @default an unencrypted connection to localhost:7233, which the worker opens and closes
   */
  connection?: NativeConnection;

  /**
   * Names this worker in histories and in the server's list of pollers.
   *
   * @default `${process.pid}@${hostname}`
   */
  identity?: string;

  /**
   * Identifies the exact code of this worker.
   *
   * @default this package's name and version, and a hash of the workflow bundle
   * @deprecated Use {@link workerDeploymentOptions}.
   */
  buildId?: string;

  /**
   * Polls only for tasks of workflows that are compatible with {@link buildId}, which is then required.
   *
   * @default false
   * @deprecated Use {@link workerDeploymentOptions}.
   */
  useVersioning?: boolean;

  /** The deployment version of this worker. Excludes {@link buildId} and {@link useVersioning}. */
  workerDeploymentOptions?: WorkerDeploymentOptions;

  /** @default 'default' */
  namespace?: string;

  /** The task queue to poll. */
  taskQueue: string;

  /**
   * The activities: an object, a module or a Map of functions by activity type, or an instance of a class, whose
   * methods are registered with `this` bound to the instance. A function named `default` runs activities of all other
   * types.
   */
  activities?: object;

  /**
   * Runs the activities of a module in threads of their own, in addition to {@link activities}: code that keeps a CPU busy then
   * stops neither the heartbeats of other activities nor workflow tasks, and a crash fails only the activities of its thread.
   * `Context.client` is not available there.
   *
   * @default no threads
   */
  activityThreads?: ActivityThreadsOptions;

  /**
   * Decides whether a patch becomes active. Called when a workflow reaches the patch for the first time, outside of
   * replay. `false` leaves the patch inactive and records no marker. The decision holds for the rest of the workflow.
   *
   * Called on the main thread, without restrictions; the workflow thread waits for the result. If it throws, or takes longer than
   * `isolateExecutionTimeout` and is interrupted, the workflow task fails and is retried.
   */
  patchActivationCallback?: PatchActivationCallback;

  /** The Nexus services that this worker handles, each made by `serviceHandler()` of `nexus-rpc`. */
  // biome-ignore lint/suspicious/noExplicitAny: a service handler may be of any operations.
  nexusServices?: ServiceHandler<any>[];

  /**
   * The path of the module that exports the workflows, absolute or relative to the working directory. It is bundled
   * when the worker is created.
   */
  workflowsPath?: string;

  /** A prebuilt bundle of the workflows (see `bundleWorkflowCode`), instead of {@link workflowsPath}. */
  workflowBundle?: WorkflowBundleOption;

  /**
   * Time from the start of a shutdown until running activities are cancelled.
   *
   * @default 0
   */
  shutdownGraceTime?: Duration;

  /**
   * Time limit of a shutdown. When it has passed, `run()` rejects with a {@link GracefulShutdownPeriodExpiredError}.
   * Running work is not cleaned up: exit the process then.
   *
   * @default no limit
   */
  shutdownForceTime?: Duration;

  /**
   * Converts values to payloads and back. Paths of converter modules must be absolute. With a prebuilt bundle, pass
   * them to `bundleWorkflowCode` as well.
   */
  dataConverter?: DataConverter;

  /** Decides how many tasks run concurrently. Excludes the `maxConcurrent…Executions` options. */
  tuner?: WorkerTuner;

  /** Maximum of concurrent activities, without local ones. @default 100 without a {@link tuner} */
  maxConcurrentActivityTaskExecutions?: number;

  /** Maximum of concurrent local activities. @default 100 without a {@link tuner} */
  maxConcurrentLocalActivityExecutions?: number;

  /** Maximum of concurrent Nexus tasks. @default 100 without a {@link tuner} */
  maxConcurrentNexusTaskExecutions?: number;

  /**
   * Maximum of concurrent workflow tasks. At least 2 if workflows are cached; 1 becomes 2, with a warning.
   *
   * @default 40 without a {@link tuner}
   */
  maxConcurrentWorkflowTaskExecutions?: number;

  /** Poll the server for activity tasks. `false` runs the registered activities as local ones only. @default true */
  enableNonLocalActivities?: boolean;

  /** Let the server reject payloads that are too large, instead of failing the task in the worker. @default false */
  disablePayloadErrorLimit?: boolean;

  /** Maximum of activities per second that this worker starts, without local ones. @default no limit */
  maxActivitiesPerSecond?: number;

  /**
   * Maximum of activities per second for the whole task queue, set on the server by the last poll. @default no limit
   */
  maxTaskQueueActivitiesPerSecond?: number;

  /**
   * Maximum of activities that the completion of a workflow task may start on this worker without a poll; 0: none.
   * @default 3
   */
  maxEagerActivityReservationsPerWorkflowTask?: number;

  /** Share of workflow task polls (0 to 1) that go to the task queue itself, not to the sticky queue. @default 0.2 */
  nonStickyToStickyPollRatio?: number;

  /**
   * Maximum of open polls for workflow tasks; at least 2 with a cache. @default min(10,
   * maxConcurrentWorkflowTaskExecutions)
   */
  maxConcurrentWorkflowTaskPolls?: number;

  /** Maximum of open polls for activity tasks. @default min(10, maxConcurrentActivityTaskExecutions) */
  maxConcurrentActivityTaskPolls?: number;

  /** Maximum of open polls for Nexus tasks. @default min(10, maxConcurrentNexusTaskExecutions) */
  maxConcurrentNexusTaskPolls?: number;

  /** @default a simple maximum of maxConcurrentWorkflowTaskPolls */
  workflowTaskPollerBehavior?: PollerBehavior;

  /** @default a simple maximum of maxConcurrentActivityTaskPolls */
  activityTaskPollerBehavior?: PollerBehavior;

  /** @default a simple maximum of maxConcurrentNexusTaskPolls */
  nexusTaskPollerBehavior?: PollerBehavior;

  /** Time that a workflow task waits on this worker's sticky queue before any worker may take it. @default '10s' */
  stickyQueueScheduleToStartTimeout?: Duration;

  /**
   * Maximum of workflow runs that stay in memory between their tasks. A run that was evicted is replayed from its
   * history. 0 turns the cache off.
   *
   * @default 600 per GiB beyond the first 200 MiB of a budget, at least 10. The budget is half of the memory that the
   * process may use, at most 4 GiB.
   */
  maxCachedWorkflows?: number;

  /**
   * Maximum of memory that cached workflow runs take: bytes (at least 16 MiB), or a share of the memory that the process may
   * use, its container's limit, such as `'25%'`. Counts what the heaps of the workflow threads have grown by since they loaded
   * the workflows; each of several threads has its part of it, at least 16 MiB.
   *
   * Beyond it the runs that were used least recently are evicted, until a quarter of it is free. A run that takes more all by
   * itself fails its workflow task. `'100%'` leaves the cache to {@link maxCachedWorkflows} alone.
   *
   * @default '25%'
   */
  maxCachedWorkflowsMemory?: MemorySize;

  /** Number of threads that run workflow code. More than one pays only if workflow code keeps a CPU busy. @default 1 */
  workflowThreadPoolSize?: number;

  /** Upper bound of the interval between two heartbeats that are sent for an activity. @default '60s' */
  maxHeartbeatThrottleInterval?: Duration;

  /**
   * Interval between heartbeats of activities without a heartbeat timeout; with one it is 80 % of that. @default '30s'
   */
  defaultHeartbeatThrottleInterval?: Duration;

  /**
   * Interceptors of activities, Nexus operations and workflows, and of the client that activities and operations use.
   */
  interceptors?: WorkerInterceptors;

  /** Plugins of the worker. The plugins of {@link connection} are appended. */
  // biome-ignore lint/suspicious/noExplicitAny: options know no worker; `WorkerPlugin` says which one it is.
  plugins?: PluginFor<any>[];

  /**
   * Functions that workflows call to export data (logs, metrics, traces). They return nothing to the workflow. They run
   * on the main thread in the order of the calls, best effort. An error that they throw is logged.
   */
  // biome-ignore lint/suspicious/noExplicitAny: sinks have any shape.
  sinks?: InjectedSinks<any>;

  /**
   * Names of errors that fail the workflow instead of the workflow task, by workflow type. The type `'*'` stands for
   * all types, `'Error'` for all errors, `'NondeterminismError'` for workflow code that does not fit its history.
   */
  workflowFailureErrorTypes?: Record<
    '*' | (string & {}),
    ('NondeterminismError' | 'DeterminismViolationError' | 'Error' | (string & {}))[]
  >;

  /** @deprecated Has no effect. */
  enableSDKTracing?: boolean;

  /** Send source files with the answer to an enhanced stack trace query. @default false */
  showStackTraceSources?: boolean;

  /**
   * Run workflow code without a time limit, so that a debugger can stop in it. @default true if `TEMPORAL_DEBUG` is set
   */
  debugMode?: boolean;

  /**
   * Run all workflows of a thread in one context. Each run has its own module state, and no run can change the
   * built-ins. `false` gives each run its own context, for code that must change built-ins, at about 4 ms and 1.4 MB
   * per run.
   *
   * @default true
   */
  reuseV8Context?: boolean;

  /**
   * Give workflows globals that `@temporalio/worker` does not have: `crypto` (random by the run's seed), `performance`
   * (the run's clock), `setInterval` (durable timers), `process`, `Buffer`, events, streams and others;
   * `docs/workflow-runtime.md` lists them. Packages that need one of them run without a polyfill.
   *
   * `false` leaves them out of workflows that start on this worker. Do so where workers of `@temporalio/worker` take
   * tasks from the same task queue: they would replay a workflow without these globals. A workflow that is replayed has
   * them if its history was recorded with them, whatever this option says.
   *
   * @default true
   */
  extendedGlobals?: boolean;

  /**
   * Serves the worker's health over HTTP from its creation until it has drained, for probes of Kubernetes and the like:
   *
   * - `/healthz`: 200 while the process and its native threads answer
   * - `/readyz`: 200 while the worker runs and the server answers it; 503 with the reason else
   * - `/metrics`: the metrics, for Prometheus, unless `Runtime.install` sends them elsewhere; those of workers that were
   *   created before the first with a health server are not among them
   * - `/status`: `getStatus()` as JSON; an array if several workers share the address
   *
   * @default no server
   */
  healthServer?: HealthServerOptions;

  /** Options of the bundler for {@link workflowsPath}. */
  bundlerOptions?: {
    /**
     * Changes the configuration of webpack, as with `@temporalio/worker`. What it returns is translated to Bun's bundler;
     * a property that cannot be translated is an error that names it. See {@link BundleOptions.webpackConfigHook}.
     */
    webpackConfigHook?: BundleOptions['webpackConfigHook'];
    /** Plugins for Bun's bundler. See {@link BundleOptions.bunPlugins}. */
    bunPlugins?: BundleOptions['bunPlugins'];
    /** Modules to leave out of the bundle. Workflow code may import them but not use them. */
    ignoreModules?: string[];
    /**
     * Modules that are evaluated once per thread and shared by its workflows. They must not hold state of a workflow.
     */
    preloadModules?: string[];
  };
}

/** Bytes, or a share of the memory that the process may use, such as `'25%'`. */
export type MemorySize = number | `${number}%`;

/** {@link WorkerOptions} for replaying histories. */
export interface ReplayWorkerOptions
  extends Omit<
    WorkerOptions,
    | 'connection'
    | 'namespace'
    | 'taskQueue'
    | 'activities'
    | 'activityThreads'
    | 'nexusServices'
    | 'tuner'
    | 'maxConcurrentActivityTaskExecutions'
    | 'maxConcurrentLocalActivityExecutions'
    | 'maxConcurrentWorkflowTaskExecutions'
    | 'maxConcurrentNexusTaskExecutions'
    | 'maxConcurrentActivityTaskPolls'
    | 'maxConcurrentWorkflowTaskPolls'
    | 'maxConcurrentNexusTaskPolls'
    | 'workflowTaskPollerBehavior'
    | 'activityTaskPollerBehavior'
    | 'nexusTaskPollerBehavior'
    | 'nonStickyToStickyPollRatio'
    | 'maxHeartbeatThrottleInterval'
    | 'defaultHeartbeatThrottleInterval'
    | 'debugMode'
    | 'enableNonLocalActivities'
    | 'maxActivitiesPerSecond'
    | 'maxTaskQueueActivitiesPerSecond'
    | 'maxEagerActivityReservationsPerWorkflowTask'
    | 'stickyQueueScheduleToStartTimeout'
    | 'maxCachedWorkflows'
    | 'maxCachedWorkflowsMemory'
    | 'useVersioning'
    | 'patchActivationCallback'
    | 'healthServer'
  > {
  /** Prefix of the replay worker's task queue; a number makes it unique. @default 'fake_replay_queue' */
  replayName?: string;
}

/** Hooks into the configuration and the run of workers of the class `W`. Called in the order of the list. */
export interface PluginFor<W> {
  get name(): string;

  /** Returns the options of a worker that is being created. */
  configureWorker?(options: WorkerOptions): WorkerOptions | Promise<WorkerOptions>;

  /** Returns the options of a replay worker that is being created. */
  configureReplayWorker?(options: ReplayWorkerOptions): ReplayWorkerOptions | Promise<ReplayWorkerOptions>;

  /**
   * Wraps `worker.run()`; `next` runs the worker. Not called for replay workers.
   *
   * `next` takes the worker of a plugin that was written for `@temporalio/worker` as well, which has no `dispose`.
   */
  // biome-ignore lint/suspicious/noExplicitAny: it takes workers of two classes, and gives the same to both.
  runWorker?(worker: W, next: (worker: any) => Promise<void>): Promise<void>;
}
