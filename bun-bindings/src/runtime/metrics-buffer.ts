import { IllegalStateError, type MetricTags } from '@temporalio/common';
import type { Metric } from '@temporalio/common/lib/metrics';
import { type NativeMetricDescription, type NativeMetricUpdate, takeMetricUpdates } from '../native/metric-updates.ts';

export interface MetricsBufferOptions {
  /** Maximum of buffered events. Further events are dropped, and an error is logged. Default: 10,000. */
  maxBufferSize?: number;
  /** Whether durations are in seconds instead of ms. Default: false. */
  useSecondsForDurations?: boolean;
}

/** One change of a metric. */
export interface BufferedMetricUpdate {
  /** The metric. All updates of a metric share one object. */
  metric: Metric;
  /** The increment of a counter; the value of a gauge or a histogram. */
  value: number;
  /** The attributes. All updates with equal attributes share one object. */
  attributes: MetricTags;
}

/**
 * Collects the metrics of the runtime for programs that export metrics themselves. Pass it as
 * `telemetryOptions.metrics.buffer` to {@link Runtime.install}. Retrieve the updates often: the buffer drops what does
 * not fit.
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

  /** @internal Starts to collect the metrics of a runtime. */
  bind(runtime: { handle: number }): void {
    if (this.#runtime !== undefined) throw new IllegalStateError('MetricsBuffer already bound to a runtime');
    this.#runtime = runtime;
    this.#metrics.clear();
    this.#attributes.clear();
  }

  /** @internal Takes the last updates of a runtime that is about to end. They can still be retrieved. */
  unbind(): void {
    this.#take();
    this.#runtime = undefined;
  }

  /** Returns the updates since the last call. */
  retrieveUpdates(): ArrayIterator<BufferedMetricUpdate> {
    this.#take();
    const updates = this.#waiting;
    this.#waiting = [];
    return updates.values();
  }

  #take(): void {
    if (this.#runtime === undefined) return;
    // All that a full buffer and its last taker hold. Not for ever: other threads may record faster than this one takes.
    for (let count = 0; count < 2 * this.maxBufferSize; ) {
      const events = takeMetricUpdates(this.#runtime);
      if (events.length === 0) return;
      count += events.length;
      for (const event of events) this.#add(event);
    }
  }

  #add(event: NativeMetricDescription | NativeMetricUpdate): void {
    if ('id' in event) {
      this.#metrics.set(event.id, metricOf(event));
      return;
    }
    const metric = this.#metrics.get(event.metric);
    const attributes = this.#sharedAttributes(event.attributes);
    if (metric !== undefined) this.#waiting.push({ metric, value: event.value, attributes });
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
