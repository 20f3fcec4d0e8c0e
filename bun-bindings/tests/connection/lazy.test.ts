import { expect, test } from 'bun:test';
import { Client, isGrpcServiceError } from '@temporalio/client';
import { NativeConnection } from '../../src/connection/index.ts';
import { IllegalStateError, TransportError } from '../../src/errors.ts';
import { WorkerRuntime } from '../../src/worker/worker.ts';
import * as workflows from '../fixtures/workflows.ts';
import { useDevServer } from '../support/dev-server.ts';
import { startGrpcPeer } from '../support/grpc-peer.ts';
import { fixtureOptions } from '../support/test-worker.ts';

const server = useDevServer();

test('a lazy connection connects with its first call, once for calls at the same time', async () => {
  await using peer = await startGrpcPeer();
  const connection = NativeConnection.lazy({ address: peer.address });
  expect(() => connection.nativeClient).toThrow(IllegalStateError);
  expect(peer.calls).toEqual([]);
  const { workflowService } = connection;
  await Promise.all([workflowService.getClusterInfo({}), workflowService.getClusterInfo({})]);
  await connection.ensureConnected();
  await connection.close();
  // The first is what connecting asks.
  expect(peer.calls.map(({ path }) => path.split('/').at(-1))).toEqual([
    'GetSystemInfo',
    'GetClusterInfo',
    'GetClusterInfo',
  ]);
});

test('one that could not connect tries again', async () => {
  await using peer = await startGrpcPeer();
  // What connecting asks is refused at first.
  peer.status = 7;
  const connection = NativeConnection.lazy({ address: peer.address });
  const refused = await connection.workflowService.getClusterInfo({}).catch((error) => error);
  expect(refused).toBeInstanceOf(TransportError);
  peer.status = 0;
  await connection.workflowService.getClusterInfo({});
  await connection.close();
});

test('one that was closed before does not connect', async () => {
  await using peer = await startGrpcPeer();
  const connection = NativeConnection.lazy({ address: peer.address });
  await connection.close();
  const error = await connection.workflowService.getClusterInfo({}).catch((error) => error);
  expect(isGrpcServiceError(error) && error.code).toBe(14);
  expect(peer.calls).toEqual([]);
});

test('a worker connects it', async () => {
  const connection = NativeConnection.lazy({ address: server.address });
  try {
    const worker = await WorkerRuntime.create({ ...fixtureOptions(), connection });
    const { taskQueue } = worker.options;
    const { workflow } = new Client({ connection });
    const workflowId = crypto.randomUUID();
    const result = workflow.execute(workflows.hello, { taskQueue, workflowId, args: ['lazy one'] });
    expect(await worker.runUntil(result)).toContain('lazy one');
  } finally {
    await connection.close();
  }
}, 30_000);
