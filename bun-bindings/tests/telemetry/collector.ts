import type { FileSink, Subprocess } from 'bun';
import { LineReader } from '../support/line-reader.ts';
import { telemetryPeer } from './telemetry-peer.ts';

/** A metric as OTLP's JSON has it, with what tests look at. */
export interface OtlpMetric {
  name: string;
  unit?: string;
  description?: string;
  sum?: { dataPoints: OtlpPoint[]; aggregationTemporality: number; isMonotonic?: boolean };
  gauge?: { dataPoints: OtlpPoint[] };
  histogram?: { dataPoints: OtlpPoint[]; aggregationTemporality: number };
}

export interface OtlpPoint {
  attributes?: { key: string; value: Record<string, unknown> }[];
  asInt?: string;
  asDouble?: number;
  count?: string;
  sum?: number;
  bucketCounts?: string[];
  explicitBounds?: number[];
}

/** The content of one request of an exporter. */
export interface Batch {
  protocol: 'grpc' | 'http';
  headers: Record<string, string[]>;
  /** Attributes of the resource. */
  resource: Record<string, unknown>;
  metrics: OtlpMetric[];
}

/** An OpenTelemetry collector in a process of its own. */
export class Collector {
  /** The requests that were received and read so far. */
  readonly batches: Batch[] = [];

  readonly #process: Subprocess<'pipe', 'pipe', 'inherit'>;
  readonly #lines: LineReader;

  private constructor(
    process: Subprocess<'pipe', 'pipe', 'inherit'>,
    lines: LineReader,
    /** `host:port` for OTLP over gRPC. */
    readonly grpc: string,
    /** `host:port` for OTLP over HTTP. */
    readonly http: string,
  ) {
    this.#process = process;
    this.#lines = lines;
  }

  static async start(): Promise<Collector> {
    const child = Bun.spawn([telemetryPeer(), 'collect'], { stdin: 'pipe', stdout: 'pipe', stderr: 'inherit' });
    const lines = new LineReader(child.stdout);
    const grpc = JSON.parse(await lines.until((line) => line.includes('Starting GRPC server')));
    const http = JSON.parse(await lines.until((line) => line.includes('Starting HTTP server')));
    return new Collector(child, lines, grpc.endpoint, http.endpoint);
  }

  /** The next batch that has all these metrics. */
  async untilBatch(...names: string[]): Promise<Batch> {
    for (;;) {
      const batch = await this.#next();
      if (names.every((name) => hasMetric(batch, name))) return batch;
    }
  }

  /** Resolves when each of these metrics was in some batch. */
  async untilSeen(...names: string[]): Promise<void> {
    const isSeen = (name: string) => this.batches.some((batch) => hasMetric(batch, name));
    while (!names.every(isSeen)) await this.#next();
  }

  /** Ends the collector, and gives all that it received. */
  async end(): Promise<Batch[]> {
    await (this.#process.stdin as FileSink).end();
    this.batches.push(...(await this.#lines.rest()).map(batchOf));
    return this.batches;
  }

  async #next(): Promise<Batch> {
    const batch = batchOf(await this.#lines.until(() => true));
    this.batches.push(batch);
    return batch;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill();
    await this.#process.exited;
  }
}

function hasMetric({ metrics }: Batch, name: string): boolean {
  return metrics.some((metric) => metric.name === name);
}

/** The metric of a name in a batch. */
export function metricOf({ metrics }: Batch, name: string): OtlpMetric {
  const metric = metrics.find((candidate) => candidate.name === name);
  if (metric === undefined) throw new Error(`no ${name} among ${metrics.map(({ name }) => name)}`);
  return metric;
}

/** The points of a metric. */
export function pointsOf({ sum, gauge, histogram }: OtlpMetric): OtlpPoint[] {
  return (sum ?? gauge ?? histogram)?.dataPoints ?? [];
}

/** Attributes of a point or a resource as an object. */
export function attributesOf({ attributes = [] }: Pick<OtlpPoint, 'attributes'>): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

function batchOf(line: string): Batch {
  const { protocol, headers, metrics } = JSON.parse(line);
  const [{ resource, scopeMetrics }] = metrics.resourceMetrics;
  return {
    protocol,
    headers,
    resource: attributesOf(resource),
    metrics: scopeMetrics.flatMap((scope: { metrics: OtlpMetric[] }) => scope.metrics),
  };
}
