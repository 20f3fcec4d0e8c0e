import { checkSize } from './calls.ts';
import { native } from './library.ts';

/** The description of a metric. Sent once, before the first update of the metric. */
export interface NativeMetricDescription {
  id: number;
  name: string;
  kind: 'counter' | 'up-down-counter' | 'gauge' | 'histogram';
  valueType: 'int' | 'float';
  unit: string;
  description: string;
}

export interface NativeMetricUpdate {
  /** The `id` of the metric. */
  metric: number;
  value: number;
  attributes: Record<string, string | number | boolean>;
}

/** Takes the updates of a runtime's metric buffer, in order. */
export function takeMetricUpdates(runtime: { handle: number }): (NativeMetricDescription | NativeMetricUpdate)[] {
  const size = checkSize(native().temporal_bun_runtime_metrics_bytes(runtime.handle));
  const json = new Uint8Array(size);
  checkSize(native().temporal_bun_runtime_take_metrics(runtime.handle, json, size));
  return JSON.parse(new TextDecoder().decode(json));
}
