import { constants } from 'node:os';
import { IllegalStateError, type Logger, type MetricMeter, noopMetricMeter, SdkComponent } from '@temporalio/common';
import { MetricMeterWithComposedTags } from '@temporalio/common/lib/metrics';
import { isHot } from '../hot-mode.ts';
import { CompletionQueue } from '../native/completion-queue.ts';
import { namingOption } from '../native/refused-options.ts';
import { NativeRuntime } from '../native/runtime.ts';
import { logEntryOf, printCoreLog } from './core-log.ts';
import { LogCollector } from './log-collector.ts';
import { RuntimeMetricMeter } from './metric-meter.ts';
import type { MetricsBuffer } from './metrics-buffer.ts';
import {
  type CompiledRuntimeOptions,
  compileRuntimeOptions,
  OPTION_OF_FIELD,
  type RuntimeOptions,
  servingMetrics,
} from './runtime-options.ts';

/**
 * Two signals of a kind within this many ms are one. The terminal sends Ctrl-C to `bun run` and to the worker that it
 * started, and `bun run` passes it on.
 */
const SAME_SIGNAL_MS = 500;

/** A worker, as a shutdown signal sees it. */
interface ShutsDown {
  shutdown(): void;
}

/**
 * What all workers and connections of a process share: native threads, the log, metrics, shutdown signals.
 *
 * At most one runtime exists at a time. It starts when it is first needed. {@link install} sets its options before
 * that. It ends with the last worker and connection that use it, so that the process can end. The next runtime gets the
 * same options.
 */
export class Runtime {
  static #instance: Runtime | undefined;
  static #installed = false;
  static #options: RuntimeOptions = {};

  /** The logger of the SDK, of workflows and of activities. */
  readonly logger: Logger;
  /** Delivers native completions to the main thread. */
  readonly queue: CompletionQueue;
  readonly #logs: LogCollector | undefined;
  #compiled: CompiledRuntimeOptions;
  #native: NativeRuntime;
  #metricMeter: MetricMeter;
  readonly #users = new Set<object>();
  readonly #workers = new Set<ShutsDown>();
  /** The signal that shuts down, and when it came, in ms of `performance.now()`. */
  #signalled: { signal: NodeJS.Signals; at: number } | undefined;
  #ended = false;

  /** Sets the options of the process's runtime. Call it once, before anything else starts the runtime. */
  static install(options: RuntimeOptions): Runtime {
    if (Runtime.#instance !== undefined) {
      throw new IllegalStateError(
        Runtime.#installed
          ? 'Runtime singleton has already been installed'
          : 'Runtime singleton has already been instantiated. Did you start a Worker before calling `install`?',
      );
    }
    const runtime = new Runtime(compileRuntimeOptions(options));
    Runtime.#instance = runtime;
    Runtime.#options = options;
    Runtime.#installed = true;
    return runtime;
  }

  /** Returns the runtime of the process. Starts it if it is not running. */
  static instance(): Runtime {
    Runtime.#instance ??= new Runtime(compileRuntimeOptions(Runtime.#options));
    return Runtime.#instance;
  }

  private constructor(options: CompiledRuntimeOptions) {
    this.#compiled = options;
    this.#native = startNative(options);
    options.metricsBuffer?.bind(this.#native);
    this.queue = CompletionQueue.create();
    this.#logs = options.forwardsLogs ? new LogCollector(options.logger) : undefined;
    this.logger = this.#logs?.logger ?? options.logger;
    this.#metricMeter = this.#beginNative();
    for (const signal of options.shutdownSignals) process.on(signal, this.#onSignal);
  }

  get options(): CompiledRuntimeOptions {
    return this.#compiled;
  }

  /** The native side of this runtime. */
  get native(): NativeRuntime {
    return this.#native;
  }

  /**
   * Serves metrics to Prometheus on a free port of 127.0.0.1, unless the options say where metrics go.
   *
   * Core takes the exporter only when its runtime starts, so another one takes its place. What was made of the first one
   * keeps it, and its metrics are not exported: make clients and workers of {@link native} anew.
   */
  serveMetrics(): void {
    if (this.#compiled.exportsMetrics) return;
    const options = servingMetrics(this.#compiled);
    const [previous, native] = [this.#native, startNative(options)];
    this.#compiled = options;
    this.#native = native;
    this.#metricMeter = this.#beginNative();
    previous.free();
  }

  /** Creates metrics that are exported with those of the native part. Without an exporter they record nothing. */
  get metricMeter(): MetricMeter {
    return this.#ended ? noopMetricMeter : this.#metricMeter;
  }

  /** The metrics buffer of the options, if there is one. */
  get metricsBuffer(): MetricsBuffer | undefined {
    return this.#ended ? undefined : this.options.metricsBuffer;
  }

  /** Passes all lines that are held back for sorting to the logger at once. */
  flushLogs(): void {
    this.#logs?.flush();
  }

  /** Keeps the runtime running until `user` is {@link release}d. */
  retain(user: object): void {
    this.#users.add(user);
  }

  /** Removes a user that {@link retain} added. The runtime ends with its last user. */
  release(user: object): void {
    if (this.#users.delete(user) && this.#users.size === 0) this.#end();
  }

  /** Registers a running worker, which signals shut down. After a signal, a new worker is shut down at once. */
  registerWorker(worker: ShutsDown): void {
    this.retain(worker);
    this.#workers.add(worker);
    if (this.#signalled !== undefined) queueMicrotask(() => worker.shutdown());
  }

  /** Unregisters a worker that has stopped. */
  deregisterWorker(worker: ShutsDown): void {
    this.#workers.delete(worker);
    this.flushLogs();
    this.release(worker);
  }

  /** Ends the runtime even if it has users: calls in progress fail. Shut workers down before. */
  async shutdown(): Promise<void> {
    this.#end();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const signal of this.#compiled.shutdownSignals) process.off(signal, this.#onSignal);
    if (Runtime.#instance === this) {
      Runtime.#instance = undefined;
      Runtime.#installed = false;
    }
    this.queue.close();
    this.#compiled.metricsBuffer?.unbind();
    this.#native.free();
    this.#logs?.close();
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    if (this.#signalled !== undefined) {
      const { signal: first, at } = this.#signalled;
      if (signal === first && performance.now() - at < SAME_SIGNAL_MS) return;
      this.logger.error(`Received ${signal} while shutting down: ending at once`, {
        sdkComponent: SdkComponent.worker,
      });
      process.exit(128 + constants.signals[signal]);
    }
    this.#signalled = { signal, at: performance.now() };
    // `bun --hot` would wait for changes.
    if (isHot) process.once('beforeExit', () => process.exit());
    for (const worker of this.#workers) worker.shutdown();
  };

  /** Takes the log of the native side, and makes the meter of its metrics. */
  #beginNative(): MetricMeter {
    const logs = this.#logs;
    if (logs !== undefined) this.#native.attachLogs(this.queue, (line) => logs.add(logEntryOf(line)));
    else if (this.#compiled.printsCoreLogs) this.#native.attachLogs(this.queue, printCoreLog);
    if (!this.#compiled.exportsMetrics) return noopMetricMeter;
    return MetricMeterWithComposedTags.compose(new RuntimeMetricMeter(this.#native), {}, true);
  }
}

function startNative(options: CompiledRuntimeOptions): NativeRuntime {
  try {
    return NativeRuntime.create(options.native);
  } catch (error) {
    throw namingOption(error, OPTION_OF_FIELD);
  }
}
