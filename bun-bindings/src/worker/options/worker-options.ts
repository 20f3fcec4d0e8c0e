import type { DataConverter } from '@temporalio/common';
import type { Duration } from '@temporalio/common/lib/time';
import type { ServiceHandler } from 'nexus-rpc';
import type { NativeConnection } from '../../connection/index.ts';
import type { WorkerInterceptors } from '../../interceptors.ts';
import type { WorkflowBundleOption } from '../../workflow/bundling/bundle-option.ts';
import type { PatchActivationCallback } from '../../workflow/threads/patch-activation.ts';
import type { InjectedSinks } from '../sinks/sinks.ts';
import type { WorkerTuner } from '../tuner/worker-tuner.ts';
import type { WorkerDeploymentOptions } from './deployment-options.ts';
import type { PollerBehavior } from './poller-behavior.ts';

/**
 * Options of a worker. Only `taskQueue` is required.
 *
 * Times are numbers of milliseconds or strings that the `ms` package understands, such as `'10s'`.
 * The defaults suit development; set what matters to you in production.
 */
export interface WorkerOptions {
  /**
   * The connection to the server. It stays yours: close it once the worker has stopped.
   *
   * @default an unencrypted connection to localhost:7233, which the worker closes itself
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
   * Take workflow tasks only for workflows that are compatible with {@link buildId}, which is required then.
   *
   * @default false
   * @deprecated Use {@link workerDeploymentOptions}.
   */
  useVersioning?: boolean;

  /** The deployment version of this worker. Excludes {@link buildId} and {@link useVersioning}. */
  workerDeploymentOptions?: WorkerDeploymentOptions;

  /** @default 'default' */
  namespace?: string;

  /** The task queue to take tasks from. */
  taskQueue: string;

  /**
   * The activities: an object or module whose functions are registered under their keys, an instance of a class whose
   * methods are (with `this` bound to the instance), or a Map. A function named `default` runs activities of every
   * other type.
   */
  activities?: object;

  /**
   * Asked when a workflow meets a patch for the first time, outside of replay: `false` leaves the patch inactive, and no
   * marker is recorded. The answer holds for the rest of the workflow.
   *
   * Called on the main thread, where it may do as it likes; the workflow's thread waits for it meanwhile. If it throws, the
   * workflow task fails, and is tried again.
   */
  patchActivationCallback?: PatchActivationCallback;

  /** The Nexus services whose operations this worker handles: what `serviceHandler()` of `nexus-rpc` returns. */
  // biome-ignore lint/suspicious/noExplicitAny: a service handler may be of any operations.
  nexusServices?: ServiceHandler<any>[];

  /**
   * A module whose exported functions are the workflows. It is bundled when the worker is created. Absolute, or relative
   * to the working directory.
   */
  workflowsPath?: string;

  /** A prebuilt bundle of the workflows (see `bundleWorkflowCode`), instead of {@link workflowsPath}. */
  workflowBundle?: WorkflowBundleOption;

  /**
   * How long activities may go on after a shutdown was asked for, before they are cancelled.
   *
   * @default 0
   */
  shutdownGraceTime?: Duration;

  /**
   * How long a shutdown may take before `run()` gives up with a {@link GracefulShutdownPeriodExpiredError}. What still
   * runs is not cleaned up: exit the process then.
   *
   * @default for ever
   */
  shutdownForceTime?: Duration;

  /**
   * Converts values to payloads and back. Paths of converter modules must be absolute. With a prebuilt bundle they are
   * also to be given to `bundleWorkflowCode`.
   */
  dataConverter?: DataConverter;

  /** Decides how many tasks are handled at once. Excludes the `maxConcurrent…Executions` options. */
  tuner?: WorkerTuner;

  /** Activities at once, local ones not counted. @default 100 without a {@link tuner} */
  maxConcurrentActivityTaskExecutions?: number;

  /** Local activities at once. @default 100 without a {@link tuner} */
  maxConcurrentLocalActivityExecutions?: number;

  /** Nexus tasks at once. @default 100 without a {@link tuner} */
  maxConcurrentNexusTaskExecutions?: number;

  /**
   * Workflow tasks at once. At least 2 if workflows are cached (1 is taken as 2, with a warning).
   *
   * @default 40 without a {@link tuner}
   */
  maxConcurrentWorkflowTaskExecutions?: number;

  /** Take activity tasks from the server. With false the registered activities only run as local ones. @default true */
  enableNonLocalActivities?: boolean;

  /** Leave it to the server to refuse payloads that are too large, instead of failing the task in the worker. @default false */
  disablePayloadErrorLimit?: boolean;

  /** Most activities a second that this worker starts, local ones not counted. @default no limit */
  maxActivitiesPerSecond?: number;

  /** Most activities a second that the server hands out for the whole task queue. The last worker that polls wins. @default no limit */
  maxTaskQueueActivitiesPerSecond?: number;

  /** Most activities that a workflow task's completion may start at once on this worker, without a poll. 0: none. @default 3 */
  maxEagerActivityReservationsPerWorkflowTask?: number;

  /** Share of the workflow task polls that goes to the task queue itself, not to the sticky one, 0 to 1. @default 0.2 */
  nonStickyToStickyPollRatio?: number;

  /** Open polls for workflow tasks, at least 2 if workflows are cached. @default min(10, maxConcurrentWorkflowTaskExecutions) */
  maxConcurrentWorkflowTaskPolls?: number;

  /** Open polls for activity tasks. @default min(10, maxConcurrentActivityTaskExecutions) */
  maxConcurrentActivityTaskPolls?: number;

  /** Open polls for Nexus tasks. @default min(10, maxConcurrentNexusTaskExecutions) */
  maxConcurrentNexusTaskPolls?: number;

  /** @default a simple maximum of maxConcurrentWorkflowTaskPolls */
  workflowTaskPollerBehavior?: PollerBehavior;

  /** @default a simple maximum of maxConcurrentActivityTaskPolls */
  activityTaskPollerBehavior?: PollerBehavior;

  /** @default a simple maximum of maxConcurrentNexusTaskPolls */
  nexusTaskPollerBehavior?: PollerBehavior;

  /** How long a workflow task waits for this worker on its sticky queue before any worker may have it. @default '10s' */
  stickyQueueScheduleToStartTimeout?: Duration;

  /**
   * Workflow runs that stay in memory between their tasks. A run that is not there is replayed from its history. 0: none.
   *
   * @default 600 for each GiB beyond the first 200 MiB of a budget, which is half of the memory that the process may use,
   * at most 4 GiB; and never less than 10
   */
  maxCachedWorkflows?: number;

  /** Threads that run workflow code. More than one pays only if workflow code keeps a whole CPU busy. @default 1 */
  workflowThreadPoolSize?: number;

  /** Longest time between two heartbeats of an activity that are sent. @default '60s' */
  maxHeartbeatThrottleInterval?: Duration;

  /** Time between two heartbeats that are sent for activities without a heartbeat timeout; with one it is 80 % of it. @default '30s' */
  defaultHeartbeatThrottleInterval?: Duration;

  /** Interceptors of activities, of Nexus operations, of workflows and of the client that activities and operations use. */
  interceptors?: WorkerInterceptors;

  /** Plugins; those of {@link connection} are added. */
  // biome-ignore lint/suspicious/noExplicitAny: options know no worker; `WorkerPlugin` says which one it is.
  plugins?: PluginFor<any>[];

  /**
   * Functions that workflows may call to export data (logs, metrics, traces) but that cannot answer. They run on the main
   * thread, in the order of the calls, best effort. What they throw is logged.
   */
  // biome-ignore lint/suspicious/noExplicitAny: sinks have any shape.
  sinks?: InjectedSinks<any>;

  /**
   * Names of errors that fail a workflow instead of its task, by workflow type; `'*'` is for every type. `'Error'` stands
   * for every error, `'NondeterminismError'` for workflow code that does not fit its history.
   */
  workflowFailureErrorTypes?: Record<
    '*' | (string & {}),
    ('NondeterminismError' | 'DeterminismViolationError' | 'Error' | (string & {}))[]
  >;

  /** @deprecated Has no effect. */
  enableSDKTracing?: boolean;

  /** Send source files with the answer to an enhanced stack trace query. @default false */
  showStackTraceSources?: boolean;

  /** Let workflow code run as long as it likes, so that a debugger can stop in it. @default true if `TEMPORAL_DEBUG` is set */
  debugMode?: boolean;

  /**
   * Run the workflows of a thread in one context, each with module state of its own, and with built-ins that none can
   * change. `false` gives each run a context of its own, for code that must change built-ins. That costs about 4 ms and
   * 1.4 MB a run.
   *
   * @default true
   */
  reuseV8Context?: boolean;

  /**
   * Give workflows globals that `@temporalio/worker` does not have: `crypto` (random by the run's seed), `performance` (the
   * run's clock), `setInterval` (durable timers), `process`, `Buffer`, events, streams and others; `docs/workflow-runtime.md`
   * lists them. Packages that need one of them run without a polyfill.
   *
   * `false` leaves them out of workflows that start on this worker. Do so where workers of `@temporalio/worker` take tasks
   * from the same task queue: they would replay a workflow without these globals. A workflow that is replayed has them if its
   * history was recorded with them, whatever this option says.
   *
   * @default true
   */
  extendedGlobals?: boolean;

  /** How {@link workflowsPath} is bundled. */
  bundlerOptions?: {
    /** Workflows are not bundled with webpack here: refused when the worker is created. */
    // biome-ignore lint/suspicious/noExplicitAny: a webpack configuration, whose types are not here.
    webpackConfigHook?: (config: any) => any;
    /** Modules to leave out. Workflow code may import but not use them. */
    ignoreModules?: string[];
    /** Modules that are evaluated once a thread and shared by its workflows. They must not keep state of a workflow. */
    preloadModules?: string[];
  };
}

/** {@link WorkerOptions} for replaying histories. */
export interface ReplayWorkerOptions
  extends Omit<
    WorkerOptions,
    | 'connection'
    | 'namespace'
    | 'taskQueue'
    | 'activities'
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
    | 'useVersioning'
    | 'patchActivationCallback'
  > {
  /** Begins the name of the replay worker's task queue; a number makes it unique. @default 'fake_replay_queue' */
  replayName?: string;
}

/** Changes how workers of the class `W` are configured and run. Plugins are called in the order in which they are listed. */
export interface PluginFor<W> {
  get name(): string;

  /** Returns the options to use, when a worker is created. */
  configureWorker?(options: WorkerOptions): WorkerOptions | Promise<WorkerOptions>;

  /** Returns the options to use, when a replay worker is created. */
  configureReplayWorker?(options: ReplayWorkerOptions): ReplayWorkerOptions | Promise<ReplayWorkerOptions>;

  /** Around `worker.run()`; `next` runs the worker. Not called for replay workers. */
  runWorker?(worker: W, next: (worker: W) => Promise<void>): Promise<void>;
}
