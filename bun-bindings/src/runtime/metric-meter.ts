import type {
  MetricCounter,
  MetricGauge,
  MetricHistogram,
  MetricMeter,
  MetricTags,
  MetricUpDownCounter,
  NumericMetricValueType,
} from '@temporalio/common';
import type { NativeMetric, NativeMetricConfig } from '../native/metric.ts';
import type { NativeRuntime } from '../native/runtime.ts';

/**
 * Creates metrics that are exported together with those of the native part.
 *
 * A wrapper from `@temporalio/common` composes the tags and passes them with each value.
 */
export class RuntimeMetricMeter implements MetricMeter {
  readonly #runtime: NativeRuntime;

  constructor(runtime: NativeRuntime) {
    this.#runtime = runtime;
  }

  createCounter(name: string, unit = '', description = ''): MetricCounter {
    const metric = this.#create('counter', name, unit, description);
    return {
      kind: 'counter',
      valueType: 'int',
      name,
      unit,
      description,
      add: (value, tags) => metric.record(notNegative('MetricCounter', value), tags),
      withTags: tagsAreComposedOutside,
    };
  }

  createUpDownCounter(name: string, unit = '', description = ''): MetricUpDownCounter {
    const metric = this.#create('up-down-counter', name, unit, description);
    return {
      kind: 'up-down-counter',
      valueType: 'int',
      name,
      unit,
      description,
      add: (value, tags) => metric.record(value, tags),
      withTags: tagsAreComposedOutside,
    };
  }

  createHistogram(
    name: string,
    valueType: NumericMetricValueType = 'int',
    unit = '',
    description = '',
  ): MetricHistogram {
    const metric = this.#create(valueType === 'int' ? 'histogram' : 'histogram-float', name, unit, description);
    return {
      kind: 'histogram',
      valueType,
      name,
      unit,
      description,
      record: (value, tags) => metric.record(notNegative('MetricHistogram', value), tags),
      withTags: tagsAreComposedOutside,
    };
  }

  createGauge(name: string, valueType: NumericMetricValueType = 'int', unit = '', description = ''): MetricGauge {
    const metric = this.#create(valueType === 'int' ? 'gauge' : 'gauge-float', name, unit, description);
    return {
      kind: 'gauge',
      valueType,
      name,
      unit,
      description,
      set: (value, tags) => metric.record(notNegative('MetricGauge', value), tags),
      withTags: tagsAreComposedOutside,
    };
  }

  withTags(): MetricMeter {
    return tagsAreComposedOutside();
  }

  #create(kind: NativeMetricConfig['kind'], name: string, unit: string, description: string): TaggedMetric {
    return new TaggedMetric(this.#runtime.newMetric({ kind, name, unit, description }));
  }
}

/** A metric with a cache of its tagged variants: creating a variant costs more than recording a value. */
class TaggedMetric {
  readonly #variants = new Map<string, NativeMetric>();

  readonly #metric: NativeMetric;

  constructor(metric: NativeMetric) {
    this.#metric = metric;
  }

  record(value: number, tags: MetricTags = {}): void {
    const key = JSON.stringify(tags);
    let variant = key === '{}' ? this.#metric : this.#variants.get(key);
    if (variant === undefined) {
      variant = this.#metric.withAttributes(tags);
      this.#variants.set(key, variant);
    }
    variant.record(value);
  }
}

function notNegative(metric: string, value: number): number {
  if (value < 0) throw new Error(`${metric} value must be non-negative (got ${value})`);
  return value;
}

function tagsAreComposedOutside(): never {
  throw new Error('tags are composed by the meter that wraps this one');
}
