import { IllegalStateError, type MetricTags } from '@temporalio/common';
import type { Metric } from '@temporalio/common/lib/metrics';
import { type NativeMetricDescription, takeMetricUpdates } from '../native/metric-updates.ts';

export interface MetricsBufferOptions {
  /** How many events are kept. Those that do not fit are dropped, and an error is logged. Default: 10,000. */
  maxBufferSize?: number;
  /** Whether durations are in seconds. Default: false, they are in ms. */
  useSecondsForDurations?: boolean;
}

/** One change of a metric. */
export interface BufferedMetricUpdate {
  /** The same object for all updates of a metric. */
  metric: Metric;
  /** The increment of a counter; the value of a gauge or a histogram. */
  value: number;
  /** The same object for all updates with these attributes. */
  attributes: MetricTags;
}

/**
 * Collects what the metrics of the runtime record, for programs that export metrics themselves. Goes into
 * `telemetryOptions.metrics.buffer` of {@link Runtime.install}. Take the updates often: what does not fit is dropped.
 *
 * @experimental
 */
export class MetricsBuffer {
  readonly maxBufferSize: number;
  readonly useSecondsForDurations: boolean;
  readonly #metrics = new Map<number, Metric>();
  readonly #attributes = new Map<string, MetricTags>();
  #runtime: { handle: number } | undefined;
  #waiting: BufferedMetricUpdate[] = [];

  constructor({ maxBufferSize = 10_000, useSecondsForDurations = false }: MetricsBufferOptions = {}) {
    this.maxBufferSize = maxBufferSize;
    this.useSecondsForDurations = useSecondsForDurations;
  }

  /** @internal Collects the metrics of a runtime from now on. */
  bind(runtime: { handle: number }): void {
    if (this.#runtime !== undefined) throw new IllegalStateError('MetricsBuffer already bound to a runtime');
    this.#runtime = runtime;
    this.#metrics.clear();
    this.#attributes.clear();
  }

  /** @internal The runtime is about to end; what it has recorded can still be retrieved. */
  unbind(): void {
    this.#take();
    this.#runtime = undefined;
  }

  /** The updates since the last call. */
  retrieveUpdates(): ArrayIterator<BufferedMetricUpdate> {
    this.#take();
    const updates = this.#waiting;
    this.#waiting = [];
    return updates.values();
  }

  #take(): void {
    if (this.#runtime === undefined) return;
    for (const event of takeMetricUpdates(this.#runtime)) {
      if ('id' in event) {
        this.#metrics.set(event.id, metricOf(event));
      } else {
        const metric = this.#metrics.get(event.metric);
        const attributes = this.#sharedAttributes(event.attributes);
        if (metric !== undefined) this.#waiting.push({ metric, value: event.value, attributes });
      }
    }
  }

  #sharedAttributes(attributes: MetricTags): MetricTags {
    const key = JSON.stringify(attributes);
    const shared = this.#attributes.get(key);
    if (shared !== undefined) return shared;
    this.#attributes.set(key, attributes);
    return attributes;
  }
}

function metricOf({ name, kind, valueType, unit, description }: NativeMetricDescription): Metric {
  return {
    name,
    kind,
    valueType,
    unit: unit || undefined,
    description: description || undefined,
  } as Metric;
}
