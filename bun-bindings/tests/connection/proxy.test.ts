import { expect, setDefaultTimeout, test } from 'bun:test';
import { NativeConnection } from '../../src/connection/index.ts';
import { TransportError } from '../../src/errors.ts';
import { makeCertificates } from '../support/certificates.ts';
import { startConnectProxy } from '../support/connect-proxy.ts';
import { useDevServer } from '../support/dev-server.ts';
import { startTlsProxy } from '../support/tls-proxy.ts';

setDefaultTimeout(30_000);
const server = useDevServer();

test('calls go through the proxy', async () => {
  await using proxy = await startConnectProxy();
  const { address } = server;
  const connection = await NativeConnection.connect({
    address,
    proxy: { type: 'http-connect', targetHost: proxy.address },
  });
  try {
    expect((await connection.workflowService.getSystemInfo({})).serverVersion).toBeTruthy();
  } finally {
    await connection.close();
  }
  expect(proxy.requests).toEqual([{ target: address, authorization: undefined }]);
});

test('the proxy is shown the name and the password, and refuses others', async () => {
  await using proxy = await startConnectProxy(`Basic ${btoa('me:secret')}`);
  const connect = (password: string) =>
    NativeConnection.connect({
      address: server.address,
      proxy: { type: 'http-connect', targetHost: proxy.address, basicAuth: { username: 'me', password } },
    });
  await (await connect('secret')).close();
  const error = await connect('wrong').catch((error) => error);
  expect(error).toBeInstanceOf(TransportError);
  expect(error.message).toContain('407');
});

test('TLS goes through the proxy, which sees nothing but the name of the server', async () => {
  const { authority, server: pair } = await makeCertificates();
  await using secure = await startTlsProxy(server.address, { cert: pair.crt, key: pair.key });
  await using proxy = await startConnectProxy();
  const connection = await NativeConnection.connect({
    address: `localhost:${secure.port}`,
    tls: { serverRootCACertificate: authority },
    proxy: { type: 'http-connect', targetHost: proxy.address },
  });
  await connection.close();
  expect(proxy.requests).toEqual([{ target: `localhost:${secure.port}`, authorization: undefined }]);
});

test('a proxy that is not there is told of', async () => {
  const proxy = { type: 'http-connect', targetHost: '127.0.0.1:1' } as const;
  const error = await NativeConnection.connect({ address: server.address, proxy }).catch((error) => error);
  expect(error).toBeInstanceOf(TransportError);
});
