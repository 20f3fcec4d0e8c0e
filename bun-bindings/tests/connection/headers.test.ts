import { expect, setDefaultTimeout, test } from 'bun:test';
import { isGrpcDeadlineError, isGrpcServiceError } from '@temporalio/client';
import { NativeConnection, type NativeConnectionOptions } from '../../src/connection/index.ts';
import { type GrpcPeer, startGrpcPeer } from '../support/grpc-peer.ts';

setDefaultTimeout(30_000);

async function withPeer(
  options: NativeConnectionOptions,
  fn: (connection: NativeConnection, peer: GrpcPeer) => Promise<void>,
): Promise<void> {
  await using peer = await startGrpcPeer();
  const connection = await NativeConnection.connect({ address: peer.address, ...options });
  try {
    await fn(connection, peer);
  } finally {
    await connection.close();
  }
}

/** The headers of the next call. */
async function headersOf(connection: NativeConnection, peer: GrpcPeer) {
  await connection.workflowService.getClusterInfo({});
  return peer.calls.at(-1)?.headers ?? {};
}

test('every call says which client it comes from', async () => {
  await withPeer({}, async (connection, peer) => {
    expect(peer.calls[0]?.path).toBe('/temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo');
    expect(await headersOf(connection, peer)).toMatchObject({
      'client-name': 'temporal-bun-sdk',
      'client-version': expect.stringMatching(/^\d+\.\d+\.\d+/),
    });
  });
});

test('every call carries the metadata of the connection, which may change, and that of the call', async () => {
  const metadata = { ours: 'one', 'bytes-bin': Buffer.from([1, 2, 255]) };
  await withPeer({ metadata }, async (connection, peer) => {
    expect(await headersOf(connection, peer)).toMatchObject({
      ours: 'one',
      'bytes-bin': expect.stringMatching(/^AQL\//),
    });
    await connection.withMetadata({ own: 'two' }, async () => {
      expect(await headersOf(connection, peer)).toMatchObject({ ours: 'one', own: 'two' });
    });
    await connection.setMetadata({ ours: 'three' });
    const headers = await headersOf(connection, peer);
    expect(headers.ours).toBe('three');
    expect(headers).not.toContainKeys(['own', 'bytes-bin']);
  });
});

test('an API key is a bearer token, which may change, and asks for TLS', async () => {
  await withPeer({ apiKey: 'first', tls: false }, async (connection, peer) => {
    expect((await headersOf(connection, peer)).authorization).toBe('Bearer first');
    await connection.setApiKey('second');
    expect((await headersOf(connection, peer)).authorization).toBe('Bearer second');
  });
  await using peer = await startGrpcPeer();
  const error = await NativeConnection.connect({ address: peer.address, apiKey: 'key' }).catch((error) => error);
  expect(error.message).toContain(`https://${peer.address}`);
  expect(peer.calls).toEqual([]);
});

test('requests are compressed as is asked for, and by default not on the way to a server on this machine', async () => {
  await withPeer({ grpcCompression: { codec: 'gzip' } }, async (connection, peer) => {
    expect((await headersOf(connection, peer))['grpc-encoding']).toBe('gzip');
    expect(peer.calls.at(-1)?.isCompressed).toBe(true);
  });
  for (const options of [{}, { grpcCompression: { codec: 'none' } }] as const) {
    await withPeer(options, async (connection, peer) => {
      expect(await headersOf(connection, peer)).not.toContainKey('grpc-encoding');
      expect(peer.calls.at(-1)?.isCompressed).toBe(false);
    });
  }
});

test('a deadline holds for all tries of a call together', async () => {
  await withPeer({}, async (connection, peer) => {
    // Core tries again what is unavailable.
    peer.status = 14;
    const call = connection.withDeadline(Date.now() + 1_000, () => connection.workflowService.getClusterInfo({}));
    expect(isGrpcDeadlineError(await call.catch((error) => error))).toBe(true);
    expect(peer.calls.filter(({ path }) => path.endsWith('/GetClusterInfo')).length).toBeGreaterThan(1);
    expect(peer.calls.at(-1)?.headers['grpc-timeout']).toMatch(/^\d+[mun]$/);
  });
});

test('the status of an answer is that of the error', async () => {
  await withPeer({}, async (connection, peer) => {
    for (const status of [3, 5, 7, 9, 12]) {
      peer.status = status;
      const error = await connection.workflowService.getClusterInfo({}).catch((error) => error);
      expect(isGrpcServiceError(error)).toBe(true);
      expect(error.code).toBe(status);
    }
  });
});

test.each([
  ['workflowService', 'temporal.api.workflowservice.v1.WorkflowService/GetClusterInfo', 'getClusterInfo'],
  ['operatorService', 'temporal.api.operatorservice.v1.OperatorService/ListClusters', 'listClusters'],
  ['testService', 'temporal.api.testservice.v1.TestService/GetCurrentTime', 'getCurrentTime'],
  ['healthService', 'grpc.health.v1.Health/Check', 'check'],
] as const)('%s calls the methods of its service', async (service, path, method) => {
  await withPeer({}, async (connection, peer) => {
    await Reflect.get(connection[service], method).call(connection[service], {});
    expect(peer.calls.at(-1)?.path).toBe(`/${path}`);
  });
});
