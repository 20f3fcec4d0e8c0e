import { afterEach, describe, expect, test } from 'bun:test';
import { NativeConnection } from '../../src/connection/index.ts';
import { IllegalStateError, MetricsBuffer, Runtime, type RuntimeOptions } from '../../src/index.ts';
import { freePort } from '../support/free-port.ts';
import { startGrpcPeer } from '../support/grpc-peer.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { scrape } from './scrape.ts';

// What later files start goes on with the options that were installed last.
afterEach(async () => {
  await Runtime.instance().shutdown();
  await Runtime.install({}).shutdown();
});

describe('a process has one runtime', () => {
  test('which is installed once', () => {
    const runtime = Runtime.install({});
    expect(Runtime.instance()).toBe(runtime);
    expect(() => Runtime.install({})).toThrow(new IllegalStateError('Runtime singleton has already been installed'));
  });

  test('which is not installed after it was started', () => {
    const runtime = Runtime.instance();
    expect(() => Runtime.install({})).toThrow(
      new IllegalStateError(
        'Runtime singleton has already been instantiated. Did you start a Worker before calling `install`?',
      ),
    );
    expect(Runtime.instance()).toBe(runtime);
  });

  test('which can be installed anew after it ended, and else starts with the same options', async () => {
    const logger = new RecordingLogger();
    const first = Runtime.install({ logger });
    await first.shutdown();
    const second = Runtime.instance();
    expect(second).not.toBe(first);
    expect(second.logger).toBe(logger);
    await second.shutdown();
    const other = new RecordingLogger();
    expect(Runtime.install({ logger: other }).logger).toBe(other);
  });

  test('which ends with its last connection', async () => {
    const runtime = Runtime.install({});
    await using peer = await startGrpcPeer();
    const connect = () => NativeConnection.connect({ address: peer.address });
    const [first, last] = await Promise.all([connect(), connect()]);
    await first.close();
    expect(Runtime.instance()).toBe(runtime);
    await last.close();
    expect(Runtime.instance()).not.toBe(runtime);
  });

  test('which is not there if its options are wrong', async () => {
    const refused: RuntimeOptions[] = [
      { telemetryOptions: { logging: { filter: 'core=loud=very' } } },
      { telemetryOptions: { metrics: { prometheus: { bindAddress: 'nowhere' } } } },
      { telemetryOptions: { metrics: { otel: { url: 'not a url' } } } },
      { telemetryOptions: { metrics: { otel: { url: 'http://127.0.0.1:1', metricsExportInterval: 0 } } } },
      { telemetryOptions: { metrics: { buffer: new MetricsBuffer({ maxBufferSize: 0 }) } } },
      { workerHeartbeatInterval: '100ms' },
      { workerHeartbeatInterval: '61s' },
    ];
    for (const options of refused) expect(() => Runtime.install(options), JSON.stringify(options)).toThrow();
    // None of them is remembered.
    const { native } = Runtime.instance().options;
    expect(native.workerHeartbeatIntervalMs).toBeUndefined();
    expect(native.telemetry?.metrics).toBeUndefined();
  });

  test('which says which address is taken', () => {
    const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
    const bindAddress = `127.0.0.1:${listener.port}`;
    try {
      expect(() => Runtime.install({ telemetryOptions: { metrics: { prometheus: { bindAddress } } } })).toThrow(
        bindAddress,
      );
    } finally {
      listener.stop();
    }
  });
});

describe('metrics of the program', () => {
  test('are exported with the values and tags that they are given', async () => {
    const bindAddress = `127.0.0.1:${freePort()}`;
    const { metricMeter } = Runtime.install({ telemetryOptions: { metrics: { prometheus: { bindAddress } } } });
    const tagged = metricMeter.withTags({ of: 'all', over: 'ridden' });
    const counter = tagged.createCounter('beans', 'beans', 'Counts').withTags({ over: 'rides', ripe: true, big: 1.5 });
    counter.add(2);
    counter.add(3, { over: 'again' });
    tagged.createGauge('share', 'float').set(0.75);
    const families = await scrape(bindAddress);
    const samples = families.get('beans')?.metric.map(({ label = [], counter }) => ({
      ...Object.fromEntries(label.map(({ name, value }) => [name, value])),
      value: counter?.value,
    }));
    const common = { of: 'all', ripe: 'true', big: '1.5' };
    const inOrder: unknown = samples?.toSorted((a, b) => Number(a.value) - Number(b.value));
    expect(inOrder).toEqual([
      { ...common, over: 'rides', value: 2 },
      { ...common, over: 'again', value: 3 },
    ]);
    expect(families.get('share')?.metric[0]?.gauge?.value).toBe(0.75);
  });

  test('take no negative values but for those that go up and down', () => {
    const { metricMeter } = Runtime.install({ telemetryOptions: { metrics: { buffer: new MetricsBuffer() } } });
    const message = (name: string) => `${name} value must be non-negative (got -1)`;
    expect(() => metricMeter.createCounter('c').add(-1)).toThrow(message('MetricCounter'));
    for (const type of ['int', 'float'] as const) {
      expect(() => metricMeter.createHistogram(`h${type}`, type).record(-1)).toThrow(message('MetricHistogram'));
      expect(() => metricMeter.createGauge(`g${type}`, type).set(-1)).toThrow(message('MetricGauge'));
    }
    metricMeter.createUpDownCounter?.('u').add(-1);
  });

  test('go nowhere without an exporter, and after the end', async () => {
    const without = Runtime.install({});
    without.metricMeter.createCounter('c').add(1);
    await without.shutdown();
    const buffer = new MetricsBuffer();
    const runtime = Runtime.install({ telemetryOptions: { metrics: { buffer } } });
    const counter = runtime.metricMeter.createCounter('c');
    counter.add(1);
    await runtime.shutdown();
    counter.add(2);
    runtime.metricMeter.createCounter('later').add(3);
    expect([...buffer.retrieveUpdates()].map(({ value }) => value)).toEqual([1]);
  });
});

describe('a metrics buffer', () => {
  const install = (buffer: MetricsBuffer, more: Partial<RuntimeOptions> = {}, logging = {}) =>
    Runtime.install({ ...more, telemetryOptions: { logging, metrics: { buffer } } });

  test('is the one of its runtime, until that ends', async () => {
    const buffer = new MetricsBuffer();
    const runtime = install(buffer);
    expect(runtime.metricsBuffer).toBe(buffer);
    await runtime.shutdown();
    expect(runtime.metricsBuffer).toBeUndefined();
    expect(Runtime.install({}).metricsBuffer).toBeUndefined();
  });

  test('has one runtime at a time', async () => {
    const buffer = new MetricsBuffer();
    const first = install(buffer);
    first.metricMeter.createCounter('first').add(1);
    expect(() => buffer.bind(first.native)).toThrow('MetricsBuffer already bound to a runtime');
    await first.shutdown();
    install(buffer).metricMeter.createCounter('second').add(2);
    expect([...buffer.retrieveUpdates()].map(({ metric, value }) => [metric.name, value])).toEqual([
      ['first', 1],
      ['second', 2],
    ]);
  });

  test('tells of every kind of metric, in order', () => {
    const buffer = new MetricsBuffer();
    const { metricMeter } = install(buffer);
    metricMeter.createCounter('counter', 'beans', 'Counts').add(1);
    metricMeter.createUpDownCounter?.('level').add(-2);
    metricMeter.createHistogram('sizes').record(3);
    metricMeter.createHistogram('times', 'float').record(4.5);
    metricMeter.createGauge('gauge').set(5);
    metricMeter.createGauge('share', 'float').set(6.5);
    const updates = [...buffer.retrieveUpdates()];
    expect(updates.map(({ metric, value }) => [metric.name, metric.kind, metric.valueType, value])).toEqual([
      ['counter', 'counter', 'int', 1],
      ['level', 'up-down-counter', 'int', -2],
      ['sizes', 'histogram', 'int', 3],
      ['times', 'histogram', 'float', 4.5],
      ['gauge', 'gauge', 'int', 5],
      ['share', 'gauge', 'float', 6.5],
    ]);
    expect(updates[0]?.metric).toMatchObject({ unit: 'beans', description: 'Counts' });
    expect(updates[1]?.metric.unit).toBeUndefined();
    expect([...buffer.retrieveUpdates()]).toEqual([]);
  });

  test('gives the same objects for the same metric and the same attributes', () => {
    const buffer = new MetricsBuffer();
    const counter = install(buffer).metricMeter.createCounter('c');
    const recorded = () => {
      counter.add(1, { color: 'red' });
      counter.add(1, { color: 'green' });
      return [...buffer.retrieveUpdates()];
    };
    const [red, green] = recorded();
    const [again] = recorded();
    expect(again?.metric).toBe(red?.metric as never);
    expect(again?.attributes).toBe(red?.attributes as never);
    expect(green?.attributes).toMatchObject({ color: 'green' });
  });

  test('drops what does not fit, and an error is logged', async () => {
    const logger = new RecordingLogger();
    const buffer = new MetricsBuffer({ maxBufferSize: 10 });
    const runtime = install(buffer, { logger }, { forward: {} });
    const counter = runtime.metricMeter.createCounter('c');
    counter.add(1);
    const told = Promise.withResolvers<void>();
    logger.log = (_level, message) => void told.resolve(message as never);
    for (let index = 0; index < 20; index++) counter.add(1);
    const kept = [...buffer.retrieveUpdates()];
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(10);
    counter.add(7);
    expect([...buffer.retrieveUpdates()].map(({ value }) => value)).toEqual([7]);
    expect(await told.promise).toInclude("Core's metrics buffer is full!" as never);
  });
});
