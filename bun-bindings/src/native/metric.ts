import { checkCode, checkHandle, jsonArgument } from './calls.ts';
import { NativeObject } from './handle.ts';
import { native } from './library.ts';

export interface NativeMetricConfig {
  /** `histogram-duration` takes milliseconds. */
  kind:
    | 'counter'
    | 'up-down-counter'
    | 'histogram'
    | 'histogram-float'
    | 'histogram-duration'
    | 'gauge'
    | 'gauge-float';
  name: string;
  unit?: string;
  description?: string;
}

export type NativeMetricAttributes = Record<string, string | number | boolean>;

/** A metric with the attributes of its values. */
export class NativeMetric extends NativeObject {
  static create(runtime: number, config: NativeMetricConfig): NativeMetric {
    return NativeMetric.#own(native().temporal_bun_metric_new(runtime, ...jsonArgument(config)));
  }

  /** Wraps the handle of another thread's metric. That thread frees it. */
  static borrow(handle: number): NativeMetric {
    return new NativeMetric(handle, undefined);
  }

  static #own(handle: number | bigint): NativeMetric {
    return new NativeMetric(checkHandle(handle), native().temporal_bun_metric_free);
  }

  /** Returns the metric with additional attributes. Cache it: creating one is slower than recording a value. */
  withAttributes(attributes: NativeMetricAttributes): NativeMetric {
    return NativeMetric.#own(native().temporal_bun_metric_with_attributes(this.handle, ...jsonArgument(attributes)));
  }

  /** Adds to a counter, records in a histogram, or sets a gauge. */
  record(value: number): void {
    checkCode(native().temporal_bun_metric_record(this.handle, value));
  }
}
