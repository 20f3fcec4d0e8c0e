import type { Client } from '@temporalio/client';
import type { Logger, MetricMeter } from '@temporalio/common';
import type { History } from '@temporalio/common/lib/proto-utils';
import type { ActivityThreads } from '../activity/threads/activity-threads.ts';
import type { NativeConnection, PollKind } from '../connection/native-connection.ts';
import { IllegalStateError, TransportError } from '../errors.ts';
import { isHot } from '../hot-mode.ts';
import type { NativeClient } from '../native/client.ts';
import { NativeWorker } from '../native/worker.ts';
import type { ServiceRegistry } from '../nexus/service-registry.ts';
import { Runtime } from '../runtime/index.ts';
import { sdkVersion } from '../sdk-version.ts';
import type { LoadedBundle } from '../workflow/bundling/loaded-bundle.ts';
import type { Eviction } from '../workflow/threads/task-runner.ts';
import type { HealthServer } from './health/health-server.ts';
import type { ProbedWorker } from './health/readiness.ts';
import { buildIdOf } from './lifecycle/build-id.ts';
import { workerBundle } from './lifecycle/bundle.ts';
import { WorkerConnection } from './lifecycle/connection.ts';
import { fatalErrorOf } from './lifecycle/fatal-error.ts';
import { giveBack, giveBackWhenCollected, isCaredFor } from './lifecycle/holdings.ts';
import { endEarlierWorkers, endWhenChanged } from './lifecycle/hot-reload.ts';
import { type RunUntilOptions, runUntil } from './lifecycle/run-until.ts';
import { ShutdownController } from './lifecycle/shutdown-controller.ts';
import type { State, WorkerStatus } from './lifecycle/state.ts';
import { statusOf } from './lifecycle/status.ts';
import { debugEnabled, minLogLevel, ownMetricMeter, telemetryOf } from './lifecycle/telemetry.ts';
import { ownSources } from './lifecycle/watched-sources.ts';
import { checkActivityThreads, checkBeforePlugins } from './options/check-worker-options.ts';
import {
  type CompiledWorkerOptions,
  type CompiledWorkerOptionsWithBuildId,
  compileWorkerOptions,
} from './options/compiled-options.ts';
import { loggableOptions } from './options/loggable-options.ts';
import { taskTypesOf, toNativeWorkerConfig } from './options/native-config.ts';
import type { PluginFor, ReplayWorkerOptions, WorkerOptions } from './options/worker-options.ts';
import { ReplayEvictions } from './replay/replay-evictions.ts';
import type { ReplayHistoriesIterable, ReplayResult } from './replay/replay-result.ts';
import { ActivityMetrics } from './tasks/activity-metrics.ts';
import type { ActivityTaskLoop } from './tasks/activity-task-loop.ts';
import type { NexusTaskLoop } from './tasks/nexus-task-loop.ts';
import { WorkflowTaskLoop } from './tasks/workflow-task-loop.ts';
import { WorkflowTaskMetrics } from './tasks/workflow-task-metrics.ts';
import { CustomSlots } from './tuner/custom-slots.ts';

/** The parts of a worker. */
interface WorkerParts {
  runtime: Runtime;
  options: CompiledWorkerOptionsWithBuildId;
  logger: Logger;
  metricMeter: MetricMeter;
  nativeWorker: NativeWorker;
  /** Undefined without workflows. */
  workflowTasks: WorkflowTaskLoop | undefined;
  /** Undefined without activities in threads. */
  activityThreads: ActivityThreads | undefined;
  /** Undefined for a replay worker. */
  connection: WorkerConnection | undefined;
  isReplayWorker: boolean;
}

/**
 * A worker polls a task queue for workflow, activity and Nexus tasks, executes them, and reports their results.
 *
 * @example
 * ```ts
 * const worker = await Worker.create({ taskQueue: 'hello', workflowsPath: './workflows.ts', activities });
 * await worker.run(); // until shutdown(), SIGINT or SIGTERM
 * ```
 */
export class WorkerRuntime {
  /** Number of replay workers so far, which makes their task queues unique. */
  static #replayWorkers = 0;

  readonly #parts: WorkerParts;
  readonly #shutdown: ShutdownController;
  /** Undefined without activities. */
  readonly #activityTasks: ActivityTaskLoop | undefined;
  /** Undefined without Nexus services. */
  readonly #nexusTasks: NexusTaskLoop | undefined;
  /** Shuts the worker down if it is running, and does nothing otherwise. */
  readonly #stop = {
    shutdown: () => {
      if (this.#state === 'RUNNING') this.shutdown();
    },
  };
  #state: State = 'INITIALIZED';
  #health: { server: HealthServer; worker: ProbedWorker } | undefined;
  /** Resolves when the worker has ended, well or not. */
  readonly #ended = Promise.withResolvers<void>();

  /**
   * Creates a worker: bundles its workflows and connects to the server. It polls for tasks after a call of {@link run}.
   *
   * Rejects with a TypeError if an option is wrong, with a {@link TransportError} if the server cannot be reached or
   * the namespace does not exist, and with an error that names the module if the workflows cannot be bundled or loaded.
   */
  static async create(options: WorkerOptions): Promise<WorkerRuntime> {
    checkBeforePlugins(options);
    if (isHot) await endEarlierWorkers();
    // A plugin of the connection may be a worker plugin as well.
    const plugins: PluginFor<WorkerRuntime>[] = [...(options.plugins ?? []), ...(options.connection?.plugins ?? [])];
    let configured: WorkerOptions = { ...options, plugins };
    for (const plugin of plugins) configured = (await plugin.configureWorker?.(configured)) ?? configured;
    const runtime = Runtime.instance();
    const attempt = {};
    runtime.retain(attempt);
    try {
      return await WorkerRuntime.#create(runtime, configured);
    } finally {
      runtime.release(attempt);
    }
  }

  static async #create(runtime: Runtime, rawOptions: WorkerOptions): Promise<WorkerRuntime> {
    if (rawOptions.healthServer !== undefined) runtime.serveMetrics();
    const { logger, metricMeter } = telemetryOf(runtime, rawOptions);
    checkActivityThreads(rawOptions);
    const activityThreads = await startActivityThreads(rawOptions, logger);
    try {
      const options = compileWorkerOptions(rawOptions, logger, metricMeter, activityThreads?.activityTypes);
      return await WorkerRuntime.#connect(runtime, rawOptions, options, logger, metricMeter, activityThreads);
    } catch (error) {
      activityThreads?.stop();
      throw error;
    }
  }

  static async #connect(
    runtime: Runtime,
    rawOptions: WorkerOptions,
    options: CompiledWorkerOptions,
    logger: Logger,
    metricMeter: MetricMeter,
    activityThreads: ActivityThreads | undefined,
  ): Promise<WorkerRuntime> {
    if (debugEnabled(runtime.options.logger)) logger.debug('Creating worker', { options: loggableOptions(options) });
    const taskTypes = taskTypesOf(options);
    if (!Object.values(taskTypes).includes(true)) {
      throw new TypeError(
        'A worker needs workflows (WorkerOptions.workflowsPath or workflowBundle), activities or nexusServices to run',
      );
    }
    const connecting = WorkerConnection.open(rawOptions.connection);
    const bundling = taskTypes.workflows ? workerBundle(options, logger) : undefined;
    const workflowTasks = bundling && newWorkflowTaskLoop(runtime, options, logger, bundling);
    let connection: WorkerConnection | undefined;
    let nativeWorker: NativeWorker | undefined;
    let unmarked: NativeClient | undefined;
    try {
      const [bundled, connected] = await Promise.allSettled([bundling, connecting]);
      if (connected.status === 'fulfilled') connection = connected.value;
      if (bundled.status === 'rejected') throw bundled.reason;
      if (connected.status === 'rejected') throw connected.reason;
      const { native } = connected.value;
      const buildId = buildIdOf(options, bundled.value);
      // Workflows that start here are to say in their histories that they have no extended globals.
      if (taskTypes.workflows && !options.extendedGlobals) unmarked = await native.connectAs(sdkVersion(false));
      nativeWorker = NativeWorker.create(
        runtime.native,
        unmarked ?? native.nativeClient,
        toNativeWorkerConfig(options, buildId, CustomSlots.connector(runtime.queue, logger)),
      );
      const validating = nativeWorker.validate(runtime.queue);
      // Load the activity messages now, while this thread waits for the server and the workflow threads anyway.
      if (taskTypes.activities || taskTypes.localActivities) loadActivityTaskLoop();
      await validating.catch((error) => {
        throw new TransportError(error.message, { cause: error });
      });
      if (unmarked !== undefined) nativeWorker.replaceClient(native.nativeClient);
      await workflowTasks?.loaded;
      const worker = new WorkerRuntime({
        runtime,
        options: { ...options, buildId },
        logger,
        metricMeter,
        nativeWorker,
        workflowTasks,
        activityThreads,
        connection,
        isReplayWorker: false,
      });
      try {
        worker.#serveHealth();
      } catch (error) {
        isCaredFor(worker);
        throw error;
      }
      if (isHot) endWhenChanged(worker, worker.#ended.promise, bundled.value ? ownSources(bundled.value) : []);
      return worker;
    } catch (error) {
      await workflowTasks?.stop();
      nativeWorker?.free();
      await connection?.close();
      throw error;
    } finally {
      unmarked?.free();
    }
  }

  /**
   * Replays one workflow history (a `temporal.api.history.v1.History` or its JSON) with the workflows of `options`.
   * Resolves if the code fits the history.
   *
   * Rejects with a DeterminismViolationError if it does not, and with a {@link ReplayError} if it cannot be replayed.
   * A history does not contain its workflow id. Pass `workflowId` if the workflow code depends on it.
   *
   * @example
   * ```ts
   * await Worker.runReplayHistory({ workflowsPath: './workflows.ts' }, await Bun.file('history.json').json());
   * ```
   */
  static async runReplayHistory(options: ReplayWorkerOptions, history: unknown, workflowId = 'fake'): Promise<void> {
    const replay = WorkerRuntime.runReplayHistories(options, [{ workflowId, history: history as History }]);
    for await (const { error } of replay) if (error) throw error;
  }

  /** Replays histories one after the other, with the workflows of `options`. Yields a result for each. */
  static async *runReplayHistories(
    options: ReplayWorkerOptions,
    histories: ReplayHistoriesIterable,
  ): AsyncIterableIterator<ReplayResult> {
    const runtime = Runtime.instance();
    const attempt = {};
    runtime.retain(attempt);
    try {
      const evictions = new ReplayEvictions();
      const worker = await WorkerRuntime.#createReplay(runtime, options, evictions);
      const { nativeWorker } = worker.#parts;
      // Loaded on demand: most workers never replay, and the messages of histories take long to load.
      const { replayHistories } = await import('./replay/replay-histories.ts');
      yield* replayHistories(
        {
          run: () => worker.run(),
          push: (workflowId, history) => nativeWorker.pushHistory(runtime.queue, workflowId, history),
          pushJson: (workflowId, json) => nativeWorker.pushHistoryJson(runtime.queue, workflowId, json),
          end: () => {
            nativeWorker.endHistoryInput();
            worker.#stop.shutdown();
          },
        },
        evictions,
        histories,
      );
    } finally {
      runtime.release(attempt);
    }
  }

  static async #createReplay(
    runtime: Runtime,
    { replayName = 'fake_replay_queue', ...options }: ReplayWorkerOptions,
    evictions: ReplayEvictions,
  ): Promise<WorkerRuntime> {
    let configured: ReplayWorkerOptions = options;
    for (const plugin of options.plugins ?? []) {
      configured = (await plugin.configureReplayWorker?.(configured)) ?? configured;
    }
    const workerOptions: WorkerOptions = {
      ...configured,
      taskQueue: `${replayName}-${WorkerRuntime.#replayWorkers++}`,
    };
    const { logger, metricMeter } = telemetryOf(runtime, workerOptions);
    const compiled = compileWorkerOptions(workerOptions, logger, metricMeter);
    if (!taskTypesOf(compiled).workflows) {
      throw new TypeError('ReplayWorkerOptions must contain workflowsPath or workflowBundle');
    }
    const bundling = workerBundle(compiled, logger);
    const onEviction = (eviction: Eviction) => evictions.add(eviction);
    const workflowTasks = newWorkflowTaskLoop(runtime, compiled, logger, bundling, onEviction);
    let nativeWorker: NativeWorker | undefined;
    try {
      const connectSupplier = CustomSlots.connector(runtime.queue, logger);
      const buildId = buildIdOf(compiled, await bundling);
      const config = toNativeWorkerConfig(compiled, buildId, connectSupplier);
      nativeWorker = NativeWorker.createReplay(runtime.native, config);
      await workflowTasks.loaded;
      return new WorkerRuntime({
        runtime,
        options: { ...compiled, buildId },
        logger,
        metricMeter,
        nativeWorker,
        workflowTasks,
        activityThreads: undefined,
        connection: undefined,
        isReplayWorker: true,
      });
    } catch (error) {
      await workflowTasks.stop();
      nativeWorker?.free();
      throw error;
    }
  }

  private constructor(parts: WorkerParts) {
    this.#parts = parts;
    this.#shutdown = new ShutdownController(
      {
        initiate: () => this.#initiateShutdown(),
        finalize: () => parts.nativeWorker.finalizeShutdown(parts.runtime.queue),
        release: () => this.#release(),
      },
      parts.logger,
      parts.options.shutdownForceTimeMs,
    );
    const { activities, localActivities } = taskTypesOf(parts.options);
    const { nexusServiceHandlers } = parts.options;
    if (activities || localActivities) this.#activityTasks = this.#activityTaskLoop();
    if (nexusServiceHandlers) this.#nexusTasks = this.#nexusTaskLoop(nexusServiceHandlers);
    const { nativeWorker, workflowTasks, activityThreads, connection, logger } = parts;
    giveBackWhenCollected(this, { nativeWorker, workflowTasks, activityThreads, connection, logger });
  }

  /** The worker's options, with the defaults filled in. */
  get options(): CompiledWorkerOptionsWithBuildId {
    return this.#parts.options;
  }

  /** The worker's state. */
  getState(): State {
    return this.#state;
  }

  /** A snapshot of the worker, for monitoring. */
  getStatus(): WorkerStatus {
    return statusOf(this.#state, this.#shutdown.phase, {
      workflowTasks: this.#parts.workflowTasks,
      activityTasks: this.#activityTasks,
      nexusTasks: this.#nexusTasks,
    });
  }

  /**
   * The client of activities and Nexus operation handlers, for the worker's namespace. Undefined for a replay worker.
   */
  get client(): Client | undefined {
    const { connection, options } = this.#parts;
    const { namespace, identity, dataConverter } = options;
    return connection?.client({ namespace, identity, dataConverter, interceptors: options.interceptors.client });
  }

  /** The worker's connection. Undefined for a replay worker. */
  get connection(): NativeConnection | undefined {
    return this.#parts.connection?.native;
  }

  /**
   * Switches to another connection, also for the results of tasks that came over the old one. If the worker opened the
   * old connection itself, it closes it. Throws an IllegalStateError on a replay worker.
   */
  set connection(connection: NativeConnection) {
    const { connection: current, nativeWorker, logger } = this.#parts;
    if (current === undefined)
      throw new IllegalStateError('Cannot replace connection on a worker without a connection');
    nativeWorker.replaceClient(connection.nativeClient);
    current.replace(connection).catch((error) => {
      logger.error('Error closing previous connection after replacement of worker connection', { error });
    });
  }

  /**
   * Starts the shutdown. The worker stops polling, cancels its activities after
   * {@link WorkerOptions.shutdownGraceTime}, and {@link run} resolves when all tasks that it has taken are completed.
   *
   * Throws an IllegalStateError unless the worker is `RUNNING`.
   */
  shutdown(): void {
    if (this.#state !== 'RUNNING') throw new IllegalStateError(`Not running. Current state: ${this.#state}`);
    this.#shutdown.initiate();
  }

  /**
   * Polls for tasks and executes them until the worker is shut down by {@link shutdown} or by a signal (see
   * `Runtime.install`).
   *
   * Resolves after an orderly shutdown. Rejects with the error that stopped the worker, or with a
   * {@link GracefulShutdownPeriodExpiredError} if the shutdown took longer than
   * {@link WorkerOptions.shutdownForceTime}.
   */
  async run(): Promise<void> {
    const { options, isReplayWorker } = this.#parts;
    let run = (worker: WorkerRuntime): Promise<void> => worker.#run();
    // Plugins do not wrap replay workers, as in @temporalio/worker.
    for (const plugin of isReplayWorker ? [] : (options.plugins ?? []).toReversed()) {
      const next = run;
      if (plugin.runWorker) run = (worker) => plugin.runWorker?.(worker, next) ?? next(worker);
    }
    await run(this);
  }

  /**
   * Runs the worker until `fnOrPromise` settles, then shuts it down. Settles like `fnOrPromise`, after the worker has
   * stopped.
   *
   * Rejects with a {@link CombinedWorkerRunError} if both the worker and `fnOrPromise` fail, and with a
   * {@link PromiseCompletionTimeoutError} if the worker stops for another reason while `fnOrPromise` is pending.
   */
  async runUntil<R>(fnOrPromise: Promise<R> | (() => Promise<R>), options?: RunUntilOptions): Promise<R> {
    return runUntil(() => this.run(), this.#stop.shutdown, fnOrPromise, options);
  }

  /**
   * Ends the worker, whatever state it is in, and gives back its threads, its memory and the connection that it opened.
   * A worker that runs is shut down first. Resolves when it has ended. `await using worker = await Worker.create(…)` calls
   * it. A worker whose {@link run} has settled holds nothing any more.
   *
   * Does not reject with the error that ends a running worker: {@link run} does.
   */
  async dispose(): Promise<void> {
    this.#stop.shutdown();
    if (this.#state !== 'INITIALIZED') return this.#ended.promise;
    isCaredFor(this);
    this.#setState('STOPPED');
    try {
      await this.#health?.server.remove(this.#health.worker);
      await giveBack(this.#parts);
    } finally {
      this.#ended.resolve();
    }
  }

  /** The same as {@link dispose}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async #run(): Promise<void> {
    if (this.#state !== 'INITIALIZED') throw new IllegalStateError('Poller was already started');
    const { runtime, logger, connection } = this.#parts;
    isCaredFor(this);
    this.#setState('RUNNING');
    runtime.registerWorker(this.#stop);
    try {
      await this.#shutdown.supervise(this.#drained(), () => this.#setState('DRAINED'));
      this.#setState('STOPPED');
    } catch (error) {
      logger.error('Worker failed', { error });
      this.#setState('FAILED');
      throw error;
    } finally {
      try {
        await this.#health?.server.remove(this.#health.worker);
        runtime.deregisterWorker(this.#stop);
        await connection?.close();
      } finally {
        this.#ended.resolve();
      }
    }
  }

  /** Runs the task loops. Resolves when all of them have ended. */
  async #drained(): Promise<void> {
    const { logger, workflowTasks, nativeWorker, isReplayWorker } = this.#parts;
    if (workflowTasks === undefined) logger.warn('No workflows registered, not polling for workflow tasks');
    if (this.#activityTasks === undefined && !isReplayWorker) {
      logger.warn('No activities registered, not polling for activity tasks');
    }
    if (this.#nexusTasks === undefined && !isReplayWorker) {
      logger.info('No Nexus services registered, not polling for Nexus tasks');
    }
    const onFatal = (error: unknown) => this.#shutdown.fail(fatalErrorOf(error));
    await Promise.all([workflowTasks?.run(nativeWorker, onFatal), this.#activityTasks?.run(), this.#nexusTasks?.run()]);
  }

  #activityTaskLoop(): ActivityTaskLoop {
    const { runtime, options, logger, nativeWorker } = this.#parts;
    const { ActivityTaskLoop } = loadActivityTaskLoop();
    const { activityThreads: threads } = this.#parts;
    threads?.attach(
      {
        namespace: options.namespace,
        taskQueue: options.taskQueue,
        identity: options.identity,
        debugEnabled: debugEnabled(runtime.options.logger),
        nativeWorker: nativeWorker.handle,
        nativeRuntime: runtime.options.exportsMetrics ? runtime.native.handle : undefined,
      },
      () => this.connection as NativeConnection, // only a replay worker has none, and no activities
    );
    return new ActivityTaskLoop({
      worker: nativeWorker,
      queue: runtime.queue,
      environment: {
        ...this.#handlerEnvironment(),
        activities: options.activities,
        interceptors: options.interceptors.activity,
        debugEnabled: debugEnabled(runtime.options.logger),
        client: () => this.client,
      },
      threads,
      metrics: new ActivityMetrics(ownMetricMeter(runtime, options)),
      logger,
      onFatal: (error) => this.#shutdown.fail(fatalErrorOf(error)),
    });
  }

  #nexusTaskLoop(services: ServiceRegistry): NexusTaskLoop {
    const { runtime, options, logger, nativeWorker } = this.#parts;
    // Loaded on demand: few workers have Nexus services, and their tasks load all messages of the server's API.
    const { NexusTaskLoop } = require('./tasks/nexus-task-loop.ts') as typeof import('./tasks/nexus-task-loop.ts');
    return new NexusTaskLoop({
      worker: nativeWorker,
      queue: runtime.queue,
      environment: {
        ...this.#handlerEnvironment(),
        services,
        interceptors: options.interceptors.nexus,
        client: () => this.client as Client, // only a replay worker has none
      },
      logger,
      onFatal: (error) => this.#shutdown.fail(fatalErrorOf(error)),
    });
  }

  /** The parts that activities and Nexus operation handlers share. */
  #handlerEnvironment() {
    const { options, logger, metricMeter, connection } = this.#parts;
    return {
      namespace: options.namespace,
      taskQueue: options.taskQueue,
      dataConverter: options.loadedDataConverter,
      logger,
      metricMeter,
      withCancellation: <R>(signal: AbortSignal, fn: () => Promise<R>) =>
        connection?.native.withCancellation(signal, fn) ?? fn(),
    };
  }

  /** Serves the worker's health until it has drained. */
  #serveHealth(): void {
    const { runtime, options, logger, connection } = this.#parts;
    const { healthServer, taskQueue, namespace } = options;
    if (healthServer === undefined || connection === undefined) return;
    // Loaded on demand: few workers have a health server.
    const { HealthServer } = require('./health/health-server.ts') as typeof import('./health/health-server.ts');
    const { workflows, activities, nexus } = taskTypesOf(options);
    const polls = Object.entries({ Workflow: workflows, Activity: activities, Nexus: nexus }) as [PollKind, boolean][];
    const worker: ProbedWorker = {
      taskQueue,
      namespace,
      polls: polls.flatMap(([kind, isPolled]) => (isPolled ? [kind] : [])),
      connection: () => connection.native,
      getStatus: () => this.getStatus(),
    };
    this.#health = { server: HealthServer.add(healthServer, worker, runtime, logger), worker };
  }

  #initiateShutdown(): void {
    this.#setState('STOPPING');
    this.#parts.nativeWorker.initiateShutdown();
    this.#setState('DRAINING');
  }

  async #release(): Promise<void> {
    this.#parts.activityThreads?.stop();
    await this.#parts.workflowTasks?.stop();
    this.#parts.nativeWorker.free();
  }

  #setState(state: State): void {
    this.#parts.logger.info('Worker state changed', { state });
    this.#state = state;
  }
}

/** Starts the activity threads, if there are to be any. Loaded on demand: few workers have them. */
async function startActivityThreads(options: WorkerOptions, logger: Logger): Promise<ActivityThreads | undefined> {
  const { activityThreads, dataConverter = {} } = options;
  if (activityThreads === undefined) return undefined;
  const { ActivityThreads } = await import('../activity/threads/activity-threads.ts');
  return ActivityThreads.start(activityThreads, dataConverter, logger);
}

/** Loads the activity task loop on demand: its messages take long to load. */
function loadActivityTaskLoop() {
  return require('./tasks/activity-task-loop.ts') as typeof import('./tasks/activity-task-loop.ts');
}

/**
 * Starts the workflow threads while the bundle that they will load is still being built.
 *
 * @param onEviction called for each run that leaves the cache of a replay worker.
 */
function newWorkflowTaskLoop(
  runtime: Runtime,
  options: CompiledWorkerOptions,
  logger: Logger,
  bundle: Promise<LoadedBundle>,
  onEviction?: (eviction: Eviction) => void,
): WorkflowTaskLoop {
  return new WorkflowTaskLoop({
    bundle,
    options,
    isReplayWorker: onEviction !== undefined,
    logger,
    logLevel: minLogLevel(runtime, options),
    metrics: runtime.options.exportsMetrics ? new WorkflowTaskMetrics(runtime.native, options) : undefined,
    onEviction,
  });
}
