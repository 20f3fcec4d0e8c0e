import { describe, expect, mock, test } from 'bun:test';
import {
  ApplicationFailure,
  CancelledFailure,
  DefaultFailureConverter,
  defaultPayloadConverter,
  type LoadedDataConverter,
  noopMetricMeter,
} from '@temporalio/common';
import { loadDataConverter } from '@temporalio/common/lib/internal-non-workflow';
import { coresdk, temporal } from '@temporalio/proto';
import {
  HandlerError,
  HandlerStartOperationResult,
  type OperationContext,
  type StartOperationContext,
} from 'nexus-rpc';
import { FakeNexusWorker } from '../../../tests/fixtures/nexus/fake-nexus-worker.ts';
import { jobsWith } from '../../../tests/fixtures/nexus/nexus-worker.ts';
import { RecordingLogger } from '../../../tests/support/recording-logger.ts';
import type { NexusInterceptorsFactory } from '../../interceptors.ts';
import type { CompletionQueue } from '../../native/completion-queue.ts';
import { collectServices } from '../../nexus/service-registry.ts';
import { NexusTaskLoop } from './nexus-task-loop.ts';

const { NexusTaskCancelReason } = coresdk.nexus;
const { NexusHandlerErrorRetryBehavior } = temporal.api.enums.v1;

function start(
  handlers: Parameters<typeof jobsWith>[0] = {},
  {
    converter = loadDataConverter(),
    interceptors = [],
  }: { converter?: LoadedDataConverter; interceptors?: NexusInterceptorsFactory[] } = {},
) {
  const worker = new FakeNexusWorker();
  const logger = new RecordingLogger();
  const onFatal = mock();
  const loop = new NexusTaskLoop({
    worker,
    queue: {} as CompletionQueue,
    environment: {
      namespace: 'ns',
      taskQueue: 'queue',
      services: collectServices([jobsWith(handlers)]),
      dataConverter: converter,
      interceptors,
      logger,
      metricMeter: noopMetricMeter,
      client: () => {
        throw new Error('There is no client');
      },
      withCancellation: (_signal, fn) => fn(),
    },
    logger,
    onFatal,
  });
  return { worker, loop, logger, onFatal, ended: loop.run() };
}

const payload = (value: unknown) => defaultPayloadConverter.toPayload(value);
const decoded = (encoded: temporal.api.common.v1.IPayload | null | undefined) =>
  encoded == null ? undefined : defaultPayloadConverter.fromPayload(encoded);

/** Lets a handler end when the test says so. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<string>();
  return { open: resolve, handler: () => promise };
}

describe('answers', () => {
  test('a request to start with the value', async () => {
    const { worker } = start({ quick: async (_ctx, input) => `${input}!` });
    const { completed } = await worker.start('1', { payload: payload('word') });
    expect(decoded(completed?.startOperation?.syncSuccess?.payload)).toBe('word!');
  });

  test('a request to start with the token of an operation that goes on, and with links', async () => {
    const link = { url: 'temporal:///namespaces/ns/workflows/wf/run/history', type: 'a.Type' };
    const long = {
      async start(ctx: StartOperationContext) {
        ctx.outboundLinks.push(...ctx.inboundLinks);
        return HandlerStartOperationResult.async('the token');
      },
      async cancel() {},
    };
    const { worker } = start({ long });
    const { completed } = await worker.start('1', { operation: 'long', links: [link] });
    expect(completed?.startOperation?.asyncSuccess).toEqual({ operationToken: 'the token', links: [link] } as never);
  });

  test('a request to cancel', async () => {
    const cancelled: unknown[] = [];
    const long = {
      start: async () => HandlerStartOperationResult.async(''),
      async cancel(ctx: OperationContext, token: string) {
        cancelled.push([ctx.operation, ctx.headers['Some-Header'], token]);
      },
    };
    const { worker } = start({ long });
    const { completed } = await worker.request('1', {
      header: { 'some-header': 'value' },
      cancelOperation: { service: 'jobs', operation: 'long', operationToken: 'the token' },
    });
    expect(completed?.cancelOperation).not.toBeNull();
    expect(cancelled).toEqual([['long', 'value', 'the token']]);
  });

  test('one request while another is under way', async () => {
    const { open, handler } = gate();
    const { worker, loop } = start({ quick: (_ctx, input) => (input === 'slow' ? handler() : Promise.resolve(input)) });
    const slow = worker.start('slow', { payload: payload('slow') });
    await worker.start('fast', { payload: payload('fast') });
    expect(loop.numInFlight).toBe(1);
    open('done');
    expect(decoded((await slow).completed?.startOperation?.syncSuccess?.payload)).toBe('done');
    expect(loop.numInFlight).toBe(0);
  });
});

describe('fails', () => {
  test.each<[string, temporal.api.nexus.v1.IRequest, string, string]>([
    ['neither starts nor cancels', {}, 'NOT_IMPLEMENTED', 'Request method not implemented'],
    [
      'has no id',
      { startOperation: { service: 'jobs', operation: 'quick-job' } },
      'INTERNAL',
      'Missing requestId in Nexus start operation request',
    ],
    [
      'has a link to nowhere',
      { startOperation: { service: 'jobs', operation: 'quick-job', requestId: '1', links: [{ type: 'a.Type' }] } },
      'BAD_REQUEST',
      'empty link URL',
    ],
    [
      'has a link of no type',
      { startOperation: { service: 'jobs', operation: 'quick-job', requestId: '1', links: [{ url: 'a:b' }] } },
      'BAD_REQUEST',
      'empty link type',
    ],
  ])('a request that %s', async (_, request, type, message) => {
    const { worker } = start();
    const { failure } = await worker.request('1', request);
    expect(failure?.nexusHandlerFailureInfo?.type).toBe(type);
    expect(failure?.cause?.message ?? failure?.message).toBe(message);
  });

  test('with the stack of the handler alone', async () => {
    const quick = async function throwing(): Promise<string> {
      throw new Error('here');
    };
    const { worker } = start({ quick });
    const { failure } = await worker.start('1', {});
    expect(failure?.cause?.stackTrace).toContain('nexus-task-loop.test.ts');
    expect(failure?.cause?.stackTrace).not.toContain('src/nexus/');
  });

  test('with what an interceptor throws, also while it is made', async () => {
    const failing: [string, NexusInterceptorsFactory][] = [
      ['made', () => raise(new Error('made'))],
      ['called', () => ({ inbound: { startOperation: () => Promise.reject(new Error('called')) } })],
    ];
    for (const [message, factory] of failing) {
      const { failure } = await start({}, { interceptors: [factory] }).worker.start('1', {});
      expect(failure?.nexusHandlerFailureInfo?.type).toBe('INTERNAL');
      expect(failure?.cause?.message).toBe(message);
    }
  });

  test('with an error of another service, for which core wants to know its type', async () => {
    const originalFailure = { message: 'of another service' };
    const quick = () => Promise.reject(new HandlerError('BAD_REQUEST', 'no', { originalFailure }));
    const { failure } = await start({ quick }).worker.start('1', {});
    expect(failure?.nexusHandlerFailureInfo).toMatchObject({
      type: 'BAD_REQUEST',
      retryBehavior: NexusHandlerErrorRetryBehavior.NEXUS_HANDLER_ERROR_RETRY_BEHAVIOR_NON_RETRYABLE,
    });
    expect(failure?.cause?.message).toBe('of another service');
  });

  test('when the failure converter does', async () => {
    class BrokenConverter extends DefaultFailureConverter {
      override errorToFailure(): never {
        throw new Error('cannot convert');
      }
    }
    const converter = { ...loadDataConverter(), failureConverter: new BrokenConverter() };
    const quick = () => Promise.reject(ApplicationFailure.nonRetryable('broken'));
    const { worker, logger } = start({ quick }, { converter });
    const { failure } = await worker.start('1', {});
    const message = 'Failed to encode the failure of a Nexus handler: cannot convert';
    expect(failure).toMatchObject({ message, nexusHandlerFailureInfo: { type: 'INTERNAL' } });
    expect(logger.messages('ERROR')).toEqual([message]);
  });
});

describe('a handler that nobody waits for any more', () => {
  test.each([
    ['TIMED_OUT', NexusTaskCancelReason.TIMED_OUT],
    ['WORKER_SHUTDOWN', NexusTaskCancelReason.WORKER_SHUTDOWN],
  ])('hears %s', async (message, reason) => {
    const quick = ({ abortSignal }: OperationContext) =>
      new Promise<never>((_, reject) => abortSignal.addEventListener('abort', () => reject(abortSignal.reason)));
    const { worker, logger } = start({ quick });
    const answer = worker.start('1', {});
    worker.cancel('other', reason);
    await untilLogged(logger, 'Nexus handler started');
    worker.cancel('1', reason);
    expect((await answer).failure?.cause).toMatchObject({ message, canceledFailureInfo: {} });
    expect(logger.messages('TRACE')).toEqual([
      'Tried to cancel a non-existing Nexus handler',
      'Cancelling Nexus handler',
    ]);
    expect(logger.messages('DEBUG')).toContain('Nexus handler invocation completed as cancelled');
    expect(logger.messages('WARN')).toBeEmpty();
  });

  test('a CancelledFailure for another reason is a failure as any', async () => {
    const { worker, logger } = start({ quick: () => Promise.reject(new CancelledFailure('of a workflow')) });
    await worker.start('1', {});
    expect(logger.messages('WARN')).toEqual(['Nexus handler invocation failed']);
  });
});

describe('the loop', () => {
  test('ends when the stream does, after what is under way', async () => {
    const { open, handler } = gate();
    const { worker, loop, ended } = start({ quick: handler });
    expect(loop.pollerState).toBe('POLLING');
    const order: string[] = [];
    const answer = worker.start('1', {}).then(() => order.push('answered'));
    const end = ended.then(() => order.push('ended'));
    worker.end();
    expect(loop.pollerState).toBe('SHUTDOWN');
    open('done');
    await Promise.all([answer, end]);
    expect(order).toEqual(['answered', 'ended']);
  });

  test('tells when polling fails', async () => {
    const { worker, loop, onFatal, ended } = start();
    worker.fail('no permission');
    worker.end();
    await ended;
    expect(loop.pollerState).toBe('FAILED');
    expect(onFatal.mock.calls[0]?.[0]).toMatchObject({ message: 'no permission' });
  });

  test('survives a completion that core refuses', async () => {
    const { worker, logger, ended } = start();
    worker.refuseCompletions = new Error('malformed');
    await worker.start('1', { payload: payload('word') });
    worker.end();
    await ended;
    expect(logger.messages('ERROR')).toEqual(['A Nexus task completion could not be handed over']);
  });
});

function raise(error: Error): never {
  throw error;
}

/** Resolves when a line was logged. */
async function untilLogged(logger: RecordingLogger, message: string): Promise<void> {
  while (!logger.lines.some((line) => line.message === message)) await Promise.resolve();
}
