import { describe, expect, test } from 'bun:test';
import { IllegalStateError } from '@temporalio/common';
import { NativeConnection, type NativeConnectionOptions } from '../../src/connection/index.ts';
import { NativeBridgeError } from '../../src/native/error.ts';
import { Runtime, type TelemetryOptions } from '../../src/runtime/index.ts';

const noPem = Buffer.from('no certificate');

/** Resolves with the error of an attempt to connect, or to start a runtime. */
async function errorOf(call: () => unknown): Promise<TypeError> {
  try {
    await call();
  } catch (error) {
    return error as TypeError;
  }
  return expect.unreachable('nothing was refused');
}

describe('what the native part refuses is a TypeError that names the option', () => {
  test.each<[string, NativeConnectionOptions]>([
    ['tls.clientCertPair.crt', { tls: { clientCertPair: { crt: noPem, key: noPem } } }],
    ['tls.serverRootCACertificate', { tls: { serverRootCACertificate: noPem } }],
  ])('%s', async (option, options) => {
    const error = await errorOf(() => NativeConnection.connect({ address: 'temporal.test', ...options }));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toStartWith(`${option}: `);
    expect(error.cause).toBeInstanceOf(NativeBridgeError);
  });

  test.each<[string, TelemetryOptions]>([
    ['telemetryOptions.metrics.otel.url', { metrics: { otel: { url: 'no url' } } }],
    ['telemetryOptions.metrics.prometheus.bindAddress', { metrics: { prometheus: { bindAddress: 'nowhere' } } }],
  ])('%s', async (option, telemetryOptions) => {
    const error = await errorOf(() => Runtime.install({ telemetryOptions }));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toStartWith(`${option}: `);
  });
});

test('a connection that is closed cannot be closed again', async () => {
  const connection = NativeConnection.lazy({ address: 'temporal.test' });
  await connection.close();
  expect(await errorOf(() => connection.close())).toEqual(new IllegalStateError('Client already closed'));
});
