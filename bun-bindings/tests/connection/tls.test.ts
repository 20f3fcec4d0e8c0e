import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { Client } from '@temporalio/client';
import { NativeConnection, type NativeConnectionOptions } from '../../src/connection/index.ts';
import { TransportError } from '../../src/errors.ts';
import { WorkerRuntime } from '../../src/worker/worker.ts';
import * as workflows from '../fixtures/workflows.ts';
import { type Certificates, makeCertificates } from '../support/certificates.ts';
import { useDevServer } from '../support/dev-server.ts';
import { fixtureOptions } from '../support/test-worker.ts';
import { startTlsProxy, type TlsProxy } from '../support/tls-proxy.ts';

setDefaultTimeout(60_000);
const server = useDevServer();

let own: Certificates;
let foreign: Certificates;
/** Shows its certificate to anybody. */
let open: TlsProxy;
/** Lets in only who shows a certificate of its authority. */
let mutual: TlsProxy;

beforeAll(async () => {
  [own, foreign] = await Promise.all([makeCertificates(), makeCertificates()]);
  const { crt: cert, key } = own.server;
  open = await startTlsProxy(server.address, { cert, key });
  mutual = await startTlsProxy(server.address, {
    cert,
    key,
    ca: own.authority,
    requestCert: true,
    rejectUnauthorized: true,
  });
}, 60_000);
afterAll(async () => {
  await open[Symbol.asyncDispose]();
  await mutual[Symbol.asyncDispose]();
});

/** Asks the server something through a connection with these options. */
async function ask({ port }: TlsProxy, options: NativeConnectionOptions): Promise<string | null | undefined> {
  const connection = await NativeConnection.connect({ address: `localhost:${port}`, ...options });
  try {
    return (await connection.workflowService.getSystemInfo({})).serverVersion;
  } finally {
    await connection.close();
  }
}

async function refusal(proxy: TlsProxy, options: NativeConnectionOptions): Promise<Error> {
  const error = await ask(proxy, options).catch((error) => error);
  expect(error).toBeInstanceOf(TransportError);
  return error;
}

describe('the certificate of the server', () => {
  test('is checked with the authority that is given', async () => {
    expect(await ask(open, { tls: { serverRootCACertificate: own.authority } })).toMatch(/^\d+\.\d+/);
  });

  test('is refused if its authority is not known', async () => {
    expect((await refusal(open, { tls: true })).message).toContain('UnknownIssuer');
    const tls = { serverRootCACertificate: foreign.authority };
    expect((await refusal(open, { tls })).message).toMatch(/BadSignature|UnknownIssuer/);
  });

  test('must be for the name that is called, or for the one that is given', async () => {
    const serverRootCACertificate = own.authority;
    const error = await refusal(open, { tls: { serverRootCACertificate, serverNameOverride: 'elsewhere.test' } });
    expect(error.message).toContain('elsewhere.test');
    await ask(open, { tls: { serverRootCACertificate, serverNameOverride: 'temporal.test' } });
    expect(open.names).toContain('temporal.test');
  });
});

describe('the certificate of the client', () => {
  test('lets it in', async () => {
    const tls = { serverRootCACertificate: own.authority, clientCertPair: own.client };
    expect(await ask(mutual, { tls })).toMatch(/^\d+\.\d+/);
  });

  test('is missed by a server that asks for it', async () => {
    expect((await refusal(mutual, { tls: { serverRootCACertificate: own.authority } })).message).toContain(
      `localhost:${mutual.port}`,
    );
  });

  test('of a foreign authority is refused', async () => {
    await refusal(mutual, { tls: { serverRootCACertificate: own.authority, clientCertPair: foreign.client } });
  });

  test('that is none is refused, by name', async () => {
    const broken = { crt: Buffer.from('no certificate'), key: own.client.key };
    const tls = { serverRootCACertificate: own.authority, clientCertPair: broken };
    const error = await ask(mutual, { tls }).catch((error) => error);
    expect(error).toBeInstanceOf(Error);
    expect(error.message).toContain('clientCert');
  });
});

test('a server that speaks no TLS is refused, and one that does by a client that does not', async () => {
  const address = server.address;
  const noTls = await NativeConnection.connect({ address, tls: true }).catch((error) => error);
  expect(noTls).toBeInstanceOf(TransportError);
  expect(noTls.message).toContain('The server does not speak TLS. Leave out tls');
  const onlyTls = await refusal(open, { tls: false });
  expect(onlyTls.message).toContain('The server speaks TLS, but tls is off. Set tls to true');
  const onlyMutualTls = await refusal(mutual, { tls: false });
  expect(onlyMutualTls.message).toContain('The server speaks TLS, but tls is off');
});

test('a worker runs workflows over mutual TLS', async () => {
  const connection = await NativeConnection.connect({
    address: `localhost:${mutual.port}`,
    tls: { serverRootCACertificate: own.authority, clientCertPair: own.client },
  });
  try {
    const worker = await WorkerRuntime.create({ ...fixtureOptions(), connection });
    const { taskQueue } = worker.options;
    const client = new Client({ connection });
    const workflowId = crypto.randomUUID();
    const result = await worker.runUntil(
      client.workflow.execute(workflows.hello, { taskQueue, workflowId, args: ['TLS'] }),
    );
    expect(result).toContain('TLS');
  } finally {
    await connection.close();
  }
});
