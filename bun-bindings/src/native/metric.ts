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

/** A metric, with the attributes that its values carry. */
export class NativeMetric extends NativeObject {
  static create(runtime: number, config: NativeMetricConfig): NativeMetric {
    return NativeMetric.#own(native().temporal_bun_metric_new(runtime, ...jsonArgument(config)));
  }

  /** Another thread's metric, by its handle. Freeing it is left to that thread. */
  static borrow(handle: number): NativeMetric {
    return new NativeMetric(handle, undefined);
  }

  static #own(handle: number | bigint): NativeMetric {
    return new NativeMetric(checkHandle(handle), native().temporal_bun_metric_free);
  }

  /** The same metric with these attributes added. To be kept and used again: making it is slower than recording. */
  withAttributes(attributes: NativeMetricAttributes): NativeMetric {
    return NativeMetric.#own(native().temporal_bun_metric_with_attributes(this.handle, ...jsonArgument(attributes)));
  }

  /** Adds to a counter, observes for a histogram, sets a gauge. */
  record(value: number): void {
    checkCode(native().temporal_bun_metric_record(this.handle, value));
  }
}
