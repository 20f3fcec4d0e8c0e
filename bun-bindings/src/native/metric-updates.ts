import { BUFFER_TOO_SMALL, checkSize } from './calls.ts';
import { native } from './library.ts';

const decoder = new TextDecoder();

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

/** Takes updates of a runtime's metric buffer, in order: up to 10,000 at a time, none when there are none. Any thread. */
export function takeMetricUpdates(runtime: { handle: number }): (NativeMetricDescription | NativeMetricUpdate)[] {
  for (;;) {
    const size = checkSize(native().temporal_bun_runtime_metrics_bytes(runtime.handle));
    const json = new Uint8Array(size);
    const taken = Number(native().temporal_bun_runtime_take_metrics(runtime.handle, json, size));
    // Another thread has taken those, and what comes next is longer.
    if (taken === -BUFFER_TOO_SMALL) continue;
    return JSON.parse(decoder.decode(json.subarray(0, checkSize(taken))));
  }
}
