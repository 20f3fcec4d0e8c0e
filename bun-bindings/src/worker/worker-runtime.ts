import type { Client } from '@temporalio/client';
import { type Logger, type LogLevel, type MetricMeter, SdkComponent } from '@temporalio/common';
import { LoggerWithComposedMetadata } from '@temporalio/common/lib/logger';
import type { NativeConnection } from '../connection/native-connection.ts';
import { NativeWorker } from '../native/worker.ts';
import { DefaultLogger, Runtime } from '../runtime/index.ts';
import type { WorkflowBundle } from '../workflow/bundle.ts';
import { ActivityTaskLoop } from './activity-task-loop.ts';
import { buildIdOf } from './build-id.ts';
import { type CompiledWorkerOptions, compileWorkerOptions } from './compiled-options.ts';
import { IllegalStateError } from './errors.ts';
import { toNativeWorkerConfig } from './native-config.ts';
import { type RunUntilOptions, runUntil } from './run-until.ts';
import { ShutdownController } from './shutdown-controller.ts';
import { workerBundle } from './worker-bundle.ts';
import { WorkerConnection } from './worker-connection.ts';
import { WorkerMetrics } from './worker-metrics.ts';
import type { WorkerOptions } from './worker-options.ts';
import type { WorkerPlugin } from './worker-plugin.ts';
import type { State, WorkerPhase, WorkerStatus } from './worker-state.ts';
import { WorkflowTaskLoop } from './workflow-task-loop.ts';

/** What a worker is made of. */
interface WorkerParts {
  runtime: Runtime;
  options: CompiledWorkerOptions;
  logger: Logger;
  metricMeter: MetricMeter;
  nativeWorker: NativeWorker;
  /** Undefined for a replay worker. */
  connection: WorkerConnection | undefined;
}

/**
 * A worker: takes workflow and activity tasks from a task queue, runs them, and answers them.
 *
 * @example
 * ```ts
 * const worker = await Worker.create({ taskQueue: 'hello', workflowsPath: './workflows.ts', activities });
 * await worker.run(); // until shutdown(), SIGINT or SIGTERM
 * ```
 */
export class WorkerRuntime {
  readonly #parts: WorkerParts;
  readonly #shutdown: ShutdownController;
  /** Undefined without activities. */
  readonly #activityTasks: ActivityTaskLoop | undefined;
  /** Undefined without workflows. */
  #workflowTasks: WorkflowTaskLoop | undefined;
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
    // A connection's plugin may be one for workers as well.
    const plugins: WorkerPlugin[] = [...(options.plugins ?? []), ...(options.connection?.plugins ?? [])];
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
    const connecting = WorkerConnection.open(rawOptions.connection);
    const [bundle, connection] = await bothOrNone(workerBundle(options, logger), connecting, (open) => open.close());
    let nativeWorker: NativeWorker | undefined;
    try {
      nativeWorker = NativeWorker.create(
        runtime.native,
        connection.native.nativeClient,
        toNativeWorkerConfig(options, buildIdOf(options, bundle)),
      );
      await nativeWorker.validate(runtime.queue);
      const worker = new WorkerRuntime({ runtime, options, logger, metricMeter, nativeWorker, connection });
      if (bundle !== undefined) await worker.#loadWorkflows(bundle);
      return worker;
    } catch (error) {
      nativeWorker?.free();
      await connection.close();
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
    if (takesActivities(parts.options)) this.#activityTasks = this.#activityTaskLoop();
  }

  /** The worker's options, with the defaults filled in. */
  get options(): CompiledWorkerOptions {
    return this.#parts.options;
  }

  /** What the worker does. */
  getState(): State {
    return this.#state;
  }

  /** The worker at this moment, for a look from outside. */
  getStatus(): WorkerStatus {
    const activities = [...(this.#activityTasks?.executions ?? [])];
    const local = activities.filter(({ isLocal }) => isLocal).length;
    const workflowPollerState = this.#workflowTasks?.pollerState ?? 'SHUTDOWN';
    const activityPollerState = this.#activityTasks?.pollerState ?? 'SHUTDOWN';
    return {
      runState: this.#state,
      phases: this.#phases(),
      workflowPollerState,
      activityPollerState,
      hasOutstandingWorkflowPoll: this.#state === 'RUNNING' && workflowPollerState === 'POLLING',
      hasOutstandingActivityPoll: this.#state === 'RUNNING' && activityPollerState === 'POLLING',
      numInFlightWorkflowActivations: 0,
      numInFlightActivities: activities.length,
      numInFlightNonLocalActivities: activities.length - local,
      numInFlightLocalActivities: local,
      numCachedWorkflows: this.#workflowTasks?.numCachedRuns ?? 0,
      numHeartbeatingActivities: activities.filter(({ heartbeats }) => heartbeats.used).length,
    };
  }

  /** The client that activities get, for the worker's namespace. Undefined for a replay worker. */
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
    if (current === undefined) throw new IllegalStateError('Cannot replace connection on a worker without a connection');
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
    let run = (worker: WorkerRuntime): Promise<void> => worker.#run();
    for (const plugin of (this.#parts.options.plugins ?? []).toReversed()) {
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
    const { logger } = this.#parts;
    if (this.#workflowTasks === undefined) logger.warn('No workflows registered, not polling for workflow tasks');
    if (this.#activityTasks === undefined) logger.warn('No activities registered, not polling for activity tasks');
    await Promise.all([this.#workflowTasks?.run(), this.#activityTasks?.run()]);
  }

  #activityTaskLoop(): ActivityTaskLoop {
    const { runtime, options, logger, metricMeter, nativeWorker, connection } = this.#parts;
    return new ActivityTaskLoop({
      worker: nativeWorker,
      queue: runtime.queue,
      environment: {
        namespace: options.namespace,
        taskQueue: options.taskQueue,
        activities: options.activities,
        dataConverter: options.loadedDataConverter,
        interceptors: options.interceptors.activity,
        logger,
        metricMeter,
        client: () => this.client,
        withAbortSignal: (signal, fn) => connection?.native.withAbortSignal(signal, fn) ?? fn(),
      },
      metrics: new WorkerMetrics(metricMeter),
      logger,
      onFatal: (error) => this.#shutdown.fail(error),
    });
  }

  async #loadWorkflows(bundle: WorkflowBundle): Promise<void> {
    const { options, logger, nativeWorker, connection } = this.#parts;
    this.#workflowTasks = await WorkflowTaskLoop.create({
      worker: nativeWorker,
      bundle,
      options,
      isReplayWorker: connection === undefined,
      logger,
      logLevel: this.#leastLogLevel(),
      onFatal: (error) => this.#shutdown.fail(error),
    });
  }

  /** What workflows log below this level need not leave their thread. Only the default logger and sink are known to drop it. */
  #leastLogLevel(): LogLevel | undefined {
    const { runtime, options } = this.#parts;
    const { logger } = runtime;
    const usesDefaults = logger.constructor === DefaultLogger && !options.sinks?.['defaultWorkerLogger'];
    return usesDefaults ? (logger as DefaultLogger).level : undefined;
  }

  #initiateShutdown(): void {
    this.#setState('STOPPING');
    this.#parts.nativeWorker.initiateShutdown();
    this.#setState('DRAINING');
  }

  async #release(): Promise<void> {
    await this.#workflowTasks?.stop();
    this.#parts.nativeWorker.free();
  }

  #phases(): WorkerPhase[] {
    if (this.#state === 'INITIALIZED') return ['Initializing'];
    if (this.#shutdown.phase === 'shutting-down') return ['ShuttingDown'];
    if (this.#shutdown.phase !== 'running') return ['Finalizing'];
    const phases: WorkerPhase[] = [];
    if (this.#workflowTasks) phases.push('PollingWorkflow');
    if (this.#activityTasks) phases.push(this.#activityTasks.numInFlight > 0 ? 'ExecutingActivity' : 'PollingActivity');
    return phases;
  }

  #setState(state: State): void {
    this.#parts.logger.info('Worker state changed', { state });
    this.#state = state;
  }
}

function takesActivities(options: CompiledWorkerOptions): boolean {
  const { taskTypes } = toNativeWorkerConfig(options, '');
  return taskTypes.activities || taskTypes.localActivities;
}

/** The runtime's logger and meter, with what tells this worker from others. */
function telemetryOf(runtime: Runtime, { namespace = 'default', taskQueue }: WorkerOptions) {
  return {
    logger: LoggerWithComposedMetadata.compose(runtime.logger, { sdkComponent: SdkComponent.worker, taskQueue }),
    metricMeter: runtime.metricMeter.withTags({ namespace, taskQueue }),
  };
}

/** Both results; if one of two promises rejects, the other's result is disposed of. */
async function bothOrNone<A, B>(a: Promise<A>, b: Promise<B>, disposeB: (b: B) => Promise<void>): Promise<[A, B]> {
  const [first, second] = await Promise.allSettled([a, b]);
  if (first.status === 'fulfilled' && second.status === 'fulfilled') return [first.value, second.value];
  if (second.status === 'fulfilled') await disposeB(second.value);
  throw first.status === 'rejected' ? first.reason : (second as PromiseRejectedResult).reason;
}
