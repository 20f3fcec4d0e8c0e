import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import type { DataConverter, Payload } from '@temporalio/common';
import { getClient, log, metricMeter, operationInfo } from '@temporalio/nexus';
import { OperationError, type StartOperationContext } from 'nexus-rpc';
import type { NexusInterceptorsFactory } from '../../src/interceptors.ts';
import { MetricsBuffer, Runtime } from '../../src/runtime/index.ts';
import type { CustomSlotSupplier, NexusSlotInfo } from '../../src/worker/tuner/worker-tuner.ts';
import { withJobs } from '../fixtures/nexus/nexus-worker.ts';
import * as workflows from '../fixtures/nexus/workflows.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { useServer } from '../support/test-server.ts';
import { callerOptions, callQuick, eventsOf, operationFailure, startQuick } from './calls.ts';

setDefaultTimeout(30_000);
const logger = new RecordingLogger();
const metrics = new MetricsBuffer();
Runtime.install({ logger, telemetryOptions: { metrics: { buffer: metrics } } });
const server = useServer();

/** Interceptors of one kind that say their name wherever they can. */
const interceptorsNamed =
  (name: string, calls: string[]): NexusInterceptorsFactory =>
  () => ({
    inbound: {
      async startOperation({ ctx, input }, next) {
        calls.push(`${name} starts ${ctx.operation}`);
        const { result } = await next({ ctx, input: ctx.operation === 'long' ? input : `${input} ${name}` });
        return { result: result.isAsync ? result : { ...result, value: `${result.value} ${name}` } };
      },
      async cancelOperation({ ctx, token }, next) {
        calls.push(`${name} cancels ${ctx.operation}`);
        await next({ ctx, token });
      },
    },
    outbound: {
      getLogAttributes: (attributes, next) => next({ ...attributes, [name]: 'logged' }),
      getMetricTags: (tags, next) => next({ ...tags, [name]: 'counted' }),
    },
  });

test('a handler is told of the request', async () => {
  const told = Promise.withResolvers<StartOperationContext>();
  const quick = async (ctx: StartOperationContext, input: string) => {
    told.resolve(ctx);
    return input;
  };
  const workflowModules = [`${import.meta.dir}/../fixtures/nexus/header-interceptor.ts`];
  await withJobs(server, { quick }, { interceptors: { workflowModules } }, async (running) => {
    const caller = await startQuick(running, 'input');
    const ctx = await told.promise;
    expect(ctx).toMatchObject({ service: 'jobs', operation: 'quick-job', requestId: expect.any(String) });
    expect(ctx.headers['x-caller-header']).toBe('from the caller');
    expect(ctx.headers['X-CALLER-HEADER']).toBe('from the caller');
    expect(ctx.callbackUrl).toMatch(/^(https?|temporal):/);
    expect(ctx.abortSignal.aborted).toBe(false);
    expect(ctx.inboundLinks.map(({ type }) => type)).toEqual(['temporal.api.common.v1.Link.WorkflowEvent']);
    expect(ctx.inboundLinks[0]?.url.href).toContain(caller.workflowId);
    await caller.result();
  });
});

test('a handler has a client, a logger and a meter, and knows where it runs', async () => {
  const quick = async () => {
    log.info('from a handler', { own: 1 });
    metricMeter.createCounter('handled').add(2, { own: 'tag' });
    const { namespace, taskQueue } = operationInfo();
    const { namespaceInfo } = await getClient().workflowService.describeNamespace({ namespace });
    return `${namespaceInfo?.name} ${taskQueue}`;
  };
  const nexus = [interceptorsNamed('outer', []), interceptorsNamed('inner', [])];
  await withJobs(server, { quick }, { interceptors: { nexus } }, async (running) => {
    const { taskQueue } = running;
    expect(await callQuick(running)).toBe(`default ${taskQueue} inner outer`);
    const about = { namespace: 'default', taskQueue, service: 'jobs', operation: 'quick-job' };
    const lines = logger.lines.filter(({ meta }) => meta?.taskQueue === taskQueue && meta?.service === 'jobs');
    const attributes = { ...about, outer: 'logged', inner: 'logged' };
    expect(lines).toMatchObject([
      { level: 'DEBUG', message: 'Nexus handler started', meta: { ...attributes, sdkComponent: 'worker' } },
      { level: 'INFO', message: 'from a handler', meta: { ...attributes, sdkComponent: 'nexus', own: 1 } },
      { level: 'DEBUG', message: 'Nexus handler invocation completed', meta: { method: 'startOperation' } },
    ]);
    const counted = [...metrics.retrieveUpdates()].filter(({ metric }) => metric.name === 'handled');
    expect(counted).toMatchObject([
      { value: 2, attributes: { ...about, outer: 'counted', inner: 'counted', own: 'tag' } },
    ]);
  });
});

test('interceptors stand around requests to start and to cancel, the first one outermost', async () => {
  const calls: string[] = [];
  const nexus = [interceptorsNamed('outer', calls), interceptorsNamed('inner', calls)];
  await withJobs(server, {}, { interceptors: { nexus } }, async (running) => {
    expect(await callQuick(running, 'word')).toBe('word outer inner! inner outer');
    const caller = await running.client.workflow.start(workflows.cancelLong, {
      ...callerOptions(running),
      args: [
        running.endpoint,
        { id: crypto.randomUUID(), untilFinished: 'cancellable' },
        'WAIT_CANCELLATION_COMPLETED',
      ],
    });
    expect(await caller.executeUpdate(workflows.outcome)).toBe('cancelled');
    await caller.signal(workflows.finish);
    await caller.result();
  });
  expect(calls).toEqual([
    'outer starts quick-job',
    'inner starts quick-job',
    'outer starts long',
    'inner starts long',
    'outer cancels long',
    'inner cancels long',
  ]);
});

describe('data', () => {
  const reversed = async (payloads: Payload[]) =>
    payloads.map(({ metadata, data }) => ({ metadata, data: data?.slice().reverse() }));
  const dataConverter: DataConverter = {
    payloadCodecs: [{ encode: reversed, decode: reversed }],
    failureConverterPath: `${import.meta.dir}/../fixtures/nexus/encoding-failure-converter.ts`,
  };

  test('passes through the codecs', async () => {
    await withJobs(server, {}, { dataConverter }, async (running) => {
      const caller = await startQuick(running, 'word');
      expect(await caller.result()).toBe('word!');
      const events = await eventsOf(running.client, caller.workflowId);
      const sent = events.map((event) => [
        event.nexusOperationScheduledEventAttributes?.input?.data,
        event.nexusOperationCompletedEventAttributes?.result?.data,
      ]);
      expect(sent.flat().flatMap((data) => (data ? [Buffer.from(data).toString()] : []))).toEqual([
        '"drow"',
        '"!drow"',
      ]);
    });
  });

  test('of failures does as well', async () => {
    const quick = async () => {
      throw new OperationError('failed', 'a secret');
    };
    await withJobs(server, { quick }, { dataConverter }, async (running) => {
      const caller = await startQuick(running, 'word');
      expect((await operationFailure(caller.result())).cause?.message).toBe('a secret');
      const events = await eventsOf(running.client, caller.workflowId);
      const [sent] = events.flatMap((event) => event.nexusOperationFailedEventAttributes?.failure?.cause ?? []);
      expect(sent).toMatchObject({ message: 'Encoded failure', stackTrace: '' });
    });
  });

  test('is converted as the definition of the operation says', async () => {
    await withJobs(server, {}, {}, async (running) => {
      const { client, endpoint } = running;
      const mirrored = client.workflow.execute(workflows.callMirror, {
        ...callerOptions(running),
        args: [endpoint, 1, 2],
      });
      expect(await mirrored).toBe('true 2 1');
    });
  });
});

test('a slot supplier knows the operation', async () => {
  const used: NexusSlotInfo[] = [];
  const slots: CustomSlotSupplier<NexusSlotInfo> = {
    type: 'custom',
    reserveSlot: async () => ({}),
    tryReserveSlot: () => ({}),
    markSlotUsed: ({ slotInfo }) => used.push(slotInfo),
    releaseSlot: () => undefined,
  };
  const fixed = { type: 'fixed-size', numSlots: 10 } as const;
  const tuner = {
    workflowTaskSlotSupplier: fixed,
    activityTaskSlotSupplier: fixed,
    localActivityTaskSlotSupplier: fixed,
    nexusTaskSlotSupplier: slots,
  };
  await withJobs(server, {}, { tuner }, async (running) => {
    expect(await callQuick(running, 'slot')).toBe('slot!');
  });
  expect(used).toEqual([{ type: 'nexus', service: 'jobs', operation: 'quick-job' }]);
});
