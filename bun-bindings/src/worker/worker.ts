import type { Client } from '@temporalio/client';
import type { Logger, MetricMeter } from '@temporalio/common';
import type { History } from '@temporalio/common/lib/proto-utils';
import type { NativeConnection } from '../connection/native-connection.ts';
import { IllegalStateError, TransportError } from '../errors.ts';
import type { NativeClient } from '../native/client.ts';
import { NativeWorker } from '../native/worker.ts';
import type { ServiceRegistry } from '../nexus/service-registry.ts';
import { Runtime } from '../runtime/index.ts';
import { sdkVersion } from '../sdk-version.ts';
import type { LoadedBundle } from '../workflow/bundling/loaded-bundle.ts';
import type { Eviction } from '../workflow/threads/task-runner.ts';
import { buildIdOf } from './lifecycle/build-id.ts';
import { workerBundle } from './lifecycle/bundle.ts';
import { WorkerConnection } from './lifecycle/connection.ts';
import { fatalErrorOf } from './lifecycle/fatal-error.ts';
import { type RunUntilOptions, runUntil } from './lifecycle/run-until.ts';
import { ShutdownController } from './lifecycle/shutdown-controller.ts';
import type { State, WorkerStatus } from './lifecycle/state.ts';
import { statusOf } from './lifecycle/status.ts';
import { debugEnabled, minLogLevel, telemetryOf } from './lifecycle/telemetry.ts';
import { checkBeforePlugins } from './options/check-worker-options.ts';
import { type CompiledWorkerOptions, compileWorkerOptions } from './options/compiled-options.ts';
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
  options: CompiledWorkerOptions;
  logger: Logger;
  metricMeter: MetricMeter;
  nativeWorker: NativeWorker;
  /** Undefined without workflows. */
  workflowTasks: WorkflowTaskLoop | undefined;
  /** Undefined for a replay worker. */
  connection: WorkerConnection | undefined;
  isReplayWorker: boolean;
}

/**
 * A worker: takes workflow, activity and Nexus tasks from a task queue, runs them, and answers them.
 *
 * @example
 * ```ts
 * const worker = await Worker.create({ taskQueue: 'hello', workflowsPath: './workflows.ts', activities });
 * await worker.run(); // until shutdown(), SIGINT or SIGTERM
 * ```
 */
export class WorkerRuntime {
  /** Makes the task queues of replay workers unique. */
  static #replayWorkers = 0;

  readonly #parts: WorkerParts;
  readonly #shutdown: ShutdownController;
  /** Undefined without activities. */
  readonly #activityTasks: ActivityTaskLoop | undefined;
  /** Undefined without Nexus services. */
  readonly #nexusTasks: NexusTaskLoop | undefined;
  /** Shuts down a worker that may have stopped, or be about to. */
  readonly #stop = {
    shutdown: () => {
      if (this.#state === 'RUNNING') this.shutdown();
    },
  };
  #state: State = 'INITIALIZED';

  /**
   * Creates a worker: bundles its workflows and connects. It takes tasks once it is {@link run}.
   *
   * Rejects with a TypeError for options that are wrong, and if there is no connection, the namespace does not exist, or
   * the workflows cannot be bundled or loaded.
   */
  static async create(options: WorkerOptions): Promise<WorkerRuntime> {
    checkBeforePlugins(options);
    // A connection's plugin may be one for workers as well.
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
    const { logger, metricMeter } = telemetryOf(runtime, rawOptions);
    const options = compileWorkerOptions(rawOptions, logger, metricMeter);
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
      // Workflows that start here are to say in their histories that they have no extended globals.
      if (taskTypes.workflows && !options.extendedGlobals) unmarked = await native.connectAs(sdkVersion(false));
      nativeWorker = NativeWorker.create(
        runtime.native,
        unmarked ?? native.nativeClient,
        toNativeWorkerConfig(options, buildIdOf(options, bundled.value), CustomSlots.connector(runtime.queue, logger)),
      );
      const validating = nativeWorker.validate(runtime.queue);
      // Now, as this thread would only wait for the server and the workflow threads.
      if (taskTypes.activities || taskTypes.localActivities) loadActivityTaskLoop();
      await validating.catch((error) => {
        throw new TransportError(error.message, { cause: error });
      });
      if (unmarked !== undefined) nativeWorker.replaceClient(native.nativeClient);
      await workflowTasks?.loaded;
      return new WorkerRuntime({
        runtime,
        options,
        logger,
        metricMeter,
        nativeWorker,
        workflowTasks,
        connection,
        isReplayWorker: false,
      });
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
   * Replays one workflow history (an object of `temporal.api.history.v1.History`, or its JSON) with the workflows of
   * `options`. Resolves if the code fits the history.
   *
   * Rejects with a DeterminismViolationError if it does not, and with a {@link ReplayError} if it cannot be replayed.
   * Histories do not hold their workflow's id: give it if the workflow's code depends on it.
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

  /** Replays histories one after the other, with the workflows of `options`, and tells how each went. */
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
      // Most workers never replay, and the messages of histories take long to load.
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
      const config = toNativeWorkerConfig(compiled, buildIdOf(compiled, await bundling), connectSupplier);
      nativeWorker = NativeWorker.createReplay(runtime.native, config);
      await workflowTasks.loaded;
      return new WorkerRuntime({
        runtime,
        options: compiled,
        logger,
        metricMeter,
        nativeWorker,
        workflowTasks,
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
  }

  /** The worker's options, with the defaults filled in. */
  get options(): CompiledWorkerOptions {
    return this.#parts.options;
  }

  /** The worker's state. */
  getState(): State {
    return this.#state;
  }

  /** The worker at this moment, for a look from outside. */
  getStatus(): WorkerStatus {
    return statusOf(this.#state, this.#shutdown.phase, {
      workflowTasks: this.#parts.workflowTasks,
      activityTasks: this.#activityTasks,
      nexusTasks: this.#nexusTasks,
    });
  }

  /** The client that activities and Nexus operation handlers get, for the worker's namespace. Undefined for a replay worker. */
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
   * Uses another connection from now on, also for the answers to tasks that were taken over the old one. A connection that
   * the worker opened itself is closed. Throws an IllegalStateError on a replay worker.
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
   * Begins to shut the worker down: no new tasks are taken, activities are cancelled once
   * {@link WorkerOptions.shutdownGraceTime} has passed, and {@link run} resolves when all that was taken is answered.
   *
   * Throws an IllegalStateError unless the worker is `RUNNING`.
   */
  shutdown(): void {
    if (this.#state !== 'RUNNING') throw new IllegalStateError(`Not running. Current state: ${this.#state}`);
    this.#shutdown.initiate();
  }

  /**
   * Takes tasks until the worker is shut down: by {@link shutdown}, or by a signal (see `Runtime.install`).
   *
   * Resolves when it has stopped in order. Rejects with the error that made it stop, or with a
   * {@link GracefulShutdownPeriodExpiredError} if {@link WorkerOptions.shutdownForceTime} has passed.
   */
  async run(): Promise<void> {
    const { options, isReplayWorker } = this.#parts;
    let run = (worker: WorkerRuntime): Promise<void> => worker.#run();
    // A replay worker runs nothing that a plugin could prepare.
    for (const plugin of isReplayWorker ? [] : (options.plugins ?? []).toReversed()) {
      const next = run;
      if (plugin.runWorker) run = (worker) => plugin.runWorker?.(worker, next) ?? next(worker);
    }
    await run(this);
  }

  /**
   * Runs until `fnOrPromise` has settled, then shuts down. Settles as `fnOrPromise` does, once the worker has stopped.
   *
   * Rejects with a {@link CombinedWorkerRunError} if both fail, and with a {@link PromiseCompletionTimeoutError} if the
   * worker stops for another reason while `fnOrPromise` is pending.
   */
  async runUntil<R>(fnOrPromise: Promise<R> | (() => Promise<R>), options?: RunUntilOptions): Promise<R> {
    return runUntil(() => this.run(), this.#stop.shutdown, fnOrPromise, options);
  }

  async #run(): Promise<void> {
    if (this.#state !== 'INITIALIZED') throw new IllegalStateError('Poller was already started');
    const { runtime, logger, connection } = this.#parts;
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
      runtime.deregisterWorker(this.#stop);
      await connection?.close();
    }
  }

  /** Takes tasks. Resolves when those of every kind have come to their end. */
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
    const { runtime, options, logger, metricMeter, nativeWorker } = this.#parts;
    const { ActivityTaskLoop } = loadActivityTaskLoop();
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
      metrics: new ActivityMetrics(metricMeter),
      logger,
      onFatal: (error) => this.#shutdown.fail(fatalErrorOf(error)),
    });
  }

  #nexusTaskLoop(services: ServiceRegistry): NexusTaskLoop {
    const { runtime, options, logger, nativeWorker } = this.#parts;
    // Few workers have Nexus services, and their tasks bring all messages of the server's API.
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

  #initiateShutdown(): void {
    this.#setState('STOPPING');
    this.#parts.nativeWorker.initiateShutdown();
    this.#setState('DRAINING');
  }

  async #release(): Promise<void> {
    await this.#parts.workflowTasks?.stop();
    this.#parts.nativeWorker.free();
  }

  #setState(state: State): void {
    this.#parts.logger.info('Worker state changed', { state });
    this.#state = state;
  }
}

/** The messages of activity tasks take long to load, so importing this package does not. */
function loadActivityTaskLoop() {
  return require('./tasks/activity-task-loop.ts') as typeof import('./tasks/activity-task-loop.ts');
}

/**
 * Starts the workflow threads, while the bundle is made that they will load.
 *
 * @param onEviction for a replay worker: called for each run that leaves the cache.
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
