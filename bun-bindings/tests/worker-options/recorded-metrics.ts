import { MetricsBuffer } from '../../src/runtime/metrics-buffer.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import type { RuntimeOptions } from '../../src/runtime/runtime-options.ts';

/** Which updates of a metric are meant: those that carry all of these attributes. */
export type Attributes = Record<string, string>;

/** All that core and the workers of a test file count and measure, in the order in which it happens. */
export class RecordedMetrics {
  readonly #buffer = new MetricsBuffer({ maxBufferSize: 100_000 });
  readonly #updates: { name: string; value: number; attributes: Record<string, unknown> }[] = [];

  /** Installs a runtime that records. To be called before anything else of the file needs a runtime. */
  static install(options: RuntimeOptions = {}): RecordedMetrics {
    const metrics = new RecordedMetrics();
    Runtime.install({ ...options, telemetryOptions: { metrics: { buffer: metrics.#buffer } } });
    return metrics;
  }

  /** The values that a metric was set to, or that were added to it, update by update. */
  values(name: string, attributes: Attributes): number[] {
    for (const { metric, value, attributes } of this.#buffer.retrieveUpdates()) {
      this.#updates.push({ name: metric.name, value, attributes });
    }
    return this.#updates
      .filter((update) => update.name === name)
      .filter((update) => Object.entries(attributes).every(([key, value]) => update.attributes[key] === value))
      .map(({ value }) => value);
  }

  /** The highest value that a gauge had; 0 if it was never set. */
  highest(name: string, attributes: Attributes): number {
    return Math.max(0, ...this.values(name, attributes));
  }

  /** Returns the sum of a counter. */
  total(name: string, attributes: Attributes): number {
    return this.values(name, attributes).reduce((sum, value) => sum + value, 0);
  }
}
