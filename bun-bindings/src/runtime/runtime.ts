import { constants } from 'node:os';
import { IllegalStateError, type Logger, type MetricMeter, noopMetricMeter, SdkComponent } from '@temporalio/common';
import { MetricMeterWithComposedTags } from '@temporalio/common/lib/metrics';
import { CompletionQueue } from '../native/completion-queue.ts';
import { type CoreLogRecord, NativeRuntime } from '../native/runtime.ts';
import { LogCollector } from './log-collector.ts';
import type { LogEntry } from './logger.ts';
import { RuntimeMetricMeter } from './metric-meter.ts';
import type { MetricsBuffer } from './metrics-buffer.ts';
import { type CompiledRuntimeOptions, compileRuntimeOptions, type RuntimeOptions } from './runtime-options.ts';

/**
 * Two signals of a kind within this many ms are one. The terminal sends Ctrl-C to `bun run` and to the worker that it started, and
 * `bun run` passes it on.
 */
const SAME_SIGNAL_MS = 500;

/** A worker, as a shutdown signal sees it. */
interface ShutsDown {
  shutdown(): void;
}

/**
 * What all workers and connections of a process share: native threads, the log, metrics, shutdown signals.
 *
 * There is one at a time. It starts when it is first needed, or earlier with options by {@link install}; it ends when the
 * last worker and connection that use it are gone, so that the process can end; the next one starts with the same options.
 */
export class Runtime {
  static #instance: Runtime | undefined;
  static #installed = false;
  static #options: RuntimeOptions = {};

  /** Gets the lines of the SDK, of workflows and of activities. */
  readonly logger: Logger;
  readonly options: CompiledRuntimeOptions;
  /** The native side of this runtime. */
  readonly native: NativeRuntime;
  /** Brings native completions to the main thread. */
  readonly queue: CompletionQueue;
  readonly #logs: LogCollector | undefined;
  readonly #metricMeter: MetricMeter;
  readonly #users = new Set<object>();
  readonly #workers = new Set<ShutsDown>();
  /** The signal that shuts down, and when it came, in ms of `performance.now()`. */
  #signalled: { signal: NodeJS.Signals; at: number } | undefined;
  #ended = false;

  /** Sets the options of the process's runtime. To be called once, before anything else starts it. */
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

  /** The process's runtime, started if it is not running. */
  static instance(): Runtime {
    Runtime.#instance ??= new Runtime(compileRuntimeOptions(Runtime.#options));
    return Runtime.#instance;
  }

  private constructor(options: CompiledRuntimeOptions) {
    this.options = options;
    this.native = NativeRuntime.create(options.native);
    options.metricsBuffer?.bind(this.native);
    this.queue = CompletionQueue.create();
    this.#logs = options.forwardsLogs ? this.#collectLogs(options.logger) : undefined;
    this.logger = this.#logs?.logger ?? options.logger;
    this.#metricMeter = options.exportsMetrics
      ? MetricMeterWithComposedTags.compose(new RuntimeMetricMeter(this.native), {}, true)
      : noopMetricMeter;
    for (const signal of options.shutdownSignals) process.on(signal, this.#onSignal);
  }

  /** Makes metrics that are exported with the native part's own; does nothing if no exporter is set, or after the end. */
  get metricMeter(): MetricMeter {
    return this.#ended ? noopMetricMeter : this.#metricMeter;
  }

  /** Collects the metrics, if the options have one. */
  get metricsBuffer(): MetricsBuffer | undefined {
    return this.#ended ? undefined : this.options.metricsBuffer;
  }

  /** Hands the lines that wait for others to be put in order to the logger at once. */
  flushLogs(): void {
    this.#logs?.flush();
  }

  /** Keeps the runtime running until `user` is {@link release}d. */
  retain(user: object): void {
    this.#users.add(user);
  }

  /** Ends what {@link retain} began. The last one ends the runtime. */
  release(user: object): void {
    if (this.#users.delete(user) && this.#users.size === 0) this.#end();
  }

  /** A worker that is running: signals shut it down. One that comes after a signal is shut down at once. */
  registerWorker(worker: ShutsDown): void {
    this.retain(worker);
    this.#workers.add(worker);
    if (this.#signalled !== undefined) queueMicrotask(() => worker.shutdown());
  }

  /** A worker that has stopped. */
  deregisterWorker(worker: ShutsDown): void {
    this.#workers.delete(worker);
    this.flushLogs();
    this.release(worker);
  }

  /** Ends the runtime, whoever uses it: what is under way fails. Workers must have been shut down before. */
  async shutdown(): Promise<void> {
    this.#end();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const signal of this.options.shutdownSignals) process.off(signal, this.#onSignal);
    if (Runtime.#instance === this) {
      Runtime.#instance = undefined;
      Runtime.#installed = false;
    }
    this.queue.close();
    this.options.metricsBuffer?.unbind();
    this.native.free();
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
    for (const worker of this.#workers) worker.shutdown();
  };

  #collectLogs(logger: Logger): LogCollector {
    const collector = new LogCollector(logger);
    this.native.attachLogs(this.queue, (line) => collector.add(logEntryOf(line)));
    return collector;
  }
}

function logEntryOf({ level, message, target, timestampMs, fields, spans }: CoreLogRecord): LogEntry {
  return {
    level,
    message,
    timestampNanos: BigInt(timestampMs) * 1_000_000n,
    meta: { sdkComponent: SdkComponent.core, target, spanContexts: spans, ...fields },
  };
}
