import { describe, expect, test } from 'bun:test';
import {
  isGrpcCancelledError,
  isGrpcDeadlineError,
  isGrpcServiceError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { NativeConnection } from '../../src/connection/index.ts';
import { TransportError } from '../../src/errors.ts';
import { useClient } from '../support/client.ts';
import { useDevServer } from '../support/dev-server.ts';
import { rejectionOf } from '../support/observe.ts';

const server = useDevServer();
const open = useClient(server);

function grpcCode(error: unknown): number | undefined {
  return isGrpcServiceError(error) ? error.code : undefined;
}

describe('as the connection of a client', () => {
  test('starts, describes, signals and terminates a workflow', async () => {
    const handle = await open.client.workflow.start('anything', { taskQueue: 'nobody', workflowId: 'wf-connection' });
    await handle.signal('hello', 1);
    expect((await handle.describe()).status.name).toBe('RUNNING');
    await handle.terminate('enough');
    expect((await handle.describe()).status.name).toBe('TERMINATED');
  });

  test('fails with the errors that the client knows', async () => {
    const missing = open.client.workflow.getHandle('no-such-workflow');
    expect(await rejectionOf(missing.describe())).toBeInstanceOf(WorkflowNotFoundError);
    const error = await rejectionOf(
      open.connection.workflowService.describeNamespace({ namespace: 'no-such-namespace' }),
    );
    expect(grpcCode(error)).toBe(5);
    expect((error as Error & { details: string }).details).toContain('no-such-namespace');
  });

  test('reaches the operator and the health service', async () => {
    const attributes = await open.connection.operatorService.listSearchAttributes({ namespace: 'default' });
    expect(Object.keys(attributes.systemAttributes)).toContain('WorkflowType');
    const health = await open.connection.healthService.check({
      service: 'temporal.api.workflowservice.v1.WorkflowService',
    });
    expect(health.status).toBe(1);
  });

  test('supports eager start', async () => {
    const { InternalConnectionLikeSymbol } = await import('@temporalio/client');
    expect(Reflect.get(open.connection, InternalConnectionLikeSymbol)).toEqual({ supportsEagerStart: true });
  });
});

describe('calls', () => {
  /** Waits for the end of a workflow that nobody runs. */
  const longPoll = async () =>
    open.client.workflow.execute('never', { taskQueue: 'nobody', workflowId: crypto.randomUUID() });

  test('end with their deadline', async () => {
    const error = await rejectionOf(open.connection.withDeadline(Date.now() + 500, longPoll));
    expect(isGrpcDeadlineError(error)).toBe(true);
  });

  test('end with their abort signal', async () => {
    const abort = new AbortController();
    const call = open.connection.withAbortSignal(abort.signal, longPoll);
    abort.abort();
    expect(isGrpcCancelledError(await rejectionOf(call))).toBe(true);
    expect(isGrpcCancelledError(await rejectionOf(open.connection.withAbortSignal(abort.signal, longPoll)))).toBe(true);
  });

  test('carry metadata', async () => {
    // The server takes the deadline of the call from this entry of the metadata.
    const call = open.connection.withMetadata({ 'grpc-timeout': '1n' }, () =>
      open.connection.workflowService.getSystemInfo({}),
    );
    expect([1, 4]).toContain(grpcCode(await rejectionOf(call)) as number);
  });

  test('reject metadata that is not valid', async () => {
    const error = await rejectionOf(
      open.connection.withMetadata({ 'not a key': 'x' }, () => open.connection.workflowService.getSystemInfo({})),
    );
    expect(error).toMatchObject({ code: 'invalid_config', details: { field: 'metadata.not a key' } });
  });
});

describe('connecting', () => {
  test('to nothing is a TransportError that names the address', async () => {
    const error = await rejectionOf(NativeConnection.connect({ address: '127.0.0.1:1' }));
    expect(error).toBeInstanceOf(TransportError);
    expect((error as Error).message).toContain('127.0.0.1:1');
  });

  test('lets plugins change the options', async () => {
    const plugin = {
      name: 'address',
      configureNativeConnection: (options: object) => ({ ...options, address: server.address }),
    };
    const configured = await NativeConnection.connect({ address: '127.0.0.1:1', plugins: [plugin] });
    expect(configured.plugins).toEqual([plugin]);
    await configured.close();
  });

  test('refuses options that contradict each other', async () => {
    const error = await rejectionOf(NativeConnection.connect({ apiKey: 'k', metadata: { Authorization: 'x' } }));
    expect(error).toBeInstanceOf(TypeError);
  });
});

test('a closed connection fails its calls', async () => {
  const closed = await NativeConnection.connect({ address: server.address });
  await closed.close();
  expect(grpcCode(await rejectionOf(closed.workflowService.getSystemInfo({})))).toBe(14);
});

test('a connection that a worker uses cannot be closed', async () => {
  const used = await NativeConnection.connect({ address: server.address });
  const worker = {};
  used.retain(worker);
  expect(await rejectionOf(used.close())).toMatchObject({ name: 'IllegalStateError' });
  used.release(worker);
  await used.close();
});
