import { describe, expect, test } from 'bun:test';
import { temporal } from '@temporalio/proto';
import Long from 'long';
import { makeCertificates, makeExpiredCertificate } from '../support/certificates.ts';
import { useDevServer } from '../support/dev-server.ts';
import { freePort } from '../support/free-port.ts';
import { type ProxyHandler, ServerProxy } from '../support/server-proxy.ts';
import { cleanUpProjects, TemporaryProject } from '../support/temporary-project.ts';
import { startTlsProxy } from '../support/tls-proxy.ts';
import { runTemporalBun } from './run-program.ts';

const server = useDevServer();
cleanUpProjects();

interface Found {
  name: string;
  status: string;
  detail: string;
  remedy?: string;
}

async function doctor(
  env: Record<string, string>,
  ...flags: string[]
): Promise<{ exitCode: number; last?: Found; names: string[] }> {
  const { exitCode, output } = await runTemporalBun(['doctor', '--json', ...flags], {
    cwd: new TemporaryProject().root,
    env,
  });
  const { results } = JSON.parse(output) as { results: Found[] };
  return { exitCode, last: results.at(-1), names: results.map(({ name }) => name) };
}

test('a server that answers is in order', async () => {
  const { exitCode, last } = await doctor({ TEMPORAL_ADDRESS: server.address });
  expect(exitCode).toBe(0);
  expect(last).toMatchObject({ name: 'clock', status: 'ok', detail: expect.stringContaining('goes with') });
}, 30_000);

test('the first step that fails is the last that is tried, and says what to do', async () => {
  const noName = await doctor({ TEMPORAL_ADDRESS: 'there-is-no-such-host.invalid:7233' });
  expect(noName).toMatchObject({ exitCode: 1, last: { name: 'name', status: 'failed' } });
  const nobody = await doctor({ TEMPORAL_ADDRESS: `127.0.0.1:${freePort()}` });
  expect(nobody).toMatchObject({ exitCode: 1, last: { name: 'tcp', status: 'failed' } });
  const noNamespace = await doctor({ TEMPORAL_ADDRESS: server.address }, '--namespace', 'missing');
  expect(noNamespace.last).toMatchObject({ name: 'namespace', detail: 'there is no namespace missing' });
  expect(noNamespace.last?.remedy).toContain('temporal operator namespace create -n missing');
}, 60_000);

test('all steps come in the order in which they depend on each other', async () => {
  const { server: keyPair, authority } = await makeCertificates();
  await using proxy = await startTlsProxy(server.address, { cert: keyPair.crt, key: keyPair.key });
  const { names } = await doctor({
    TEMPORAL_ADDRESS: `localhost:${proxy.port}`,
    TEMPORAL_TLS: 'true',
    TEMPORAL_TLS_SERVER_CA_CERT_DATA: authority.toString(),
  });
  const way = ['name', 'tcp', 'tls', 'alpn', 'certificate', 'api key', 'server', 'namespace', 'permission', 'clock'];
  expect(names.slice(-way.length)).toEqual(way);
}, 60_000);

test('a server that speaks no HTTP/2, and one whose certificate has expired', async () => {
  const { server: keyPair, authority } = await makeCertificates();
  const tls = { TEMPORAL_TLS: 'true', TEMPORAL_TLS_SERVER_CA_CERT_DATA: authority.toString() };
  await using old = await startTlsProxy(server.address, {
    cert: keyPair.crt,
    key: keyPair.key,
    ALPNProtocols: ['http/1.1'],
  });
  const noHttp2 = await doctor({ TEMPORAL_ADDRESS: `localhost:${old.port}`, ...tls });
  expect(noHttp2).toMatchObject({ exitCode: 1, last: { name: 'alpn', status: 'failed' } });
  expect(noHttp2.last?.remedy).toContain('HTTP/2');

  const expired = await makeExpiredCertificate();
  await using late = await startTlsProxy(server.address, { cert: expired.crt, key: expired.key });
  const tooLate = await doctor({
    TEMPORAL_ADDRESS: `localhost:${late.port}`,
    TEMPORAL_TLS: 'true',
    TEMPORAL_TLS_SERVER_CA_CERT_DATA: expired.crt.toString(),
  });
  expect(tooLate).toMatchObject({ exitCode: 1, last: { name: 'certificate', status: 'failed' } });
  expect(tooLate.last?.remedy).toContain('Renew the certificate');
}, 60_000);

describe('a server that refuses', () => {
  const refusing = async (handlers: Record<string, ProxyHandler>, env: Record<string, string> = {}) => {
    const proxy = await ServerProxy.start(server.address, handlers);
    try {
      return await doctor({ TEMPORAL_ADDRESS: proxy.address, ...env });
    } finally {
      proxy.stop();
    }
  };
  const refuse = (code: number) => () => Promise.reject({ code, details: 'no' });

  test('the API key', async () => {
    const env = { TEMPORAL_API_KEY: 'key', TEMPORAL_TLS: 'false' };
    const { exitCode, last } = await refusing({ GetSystemInfo: refuse(16) }, env);
    expect(exitCode).toBe(1);
    expect(last).toMatchObject({ name: 'api key', status: 'failed' });
    expect(last?.remedy).toContain('TEMPORAL_API_KEY');
    const spoiled = await refusing({}, { ...env, TEMPORAL_API_KEY: 'two words' });
    expect(spoiled.last).toMatchObject({ name: 'api key', status: 'failed' });
  }, 60_000);

  test('the namespace, or polls alone', async () => {
    const { last } = await refusing({ DescribeNamespace: refuse(7) });
    expect(last).toMatchObject({ name: 'permission', status: 'failed' });
    const polls = await refusing({ PollWorkflowTaskQueue: refuse(7) });
    expect(polls.last).toMatchObject({ name: 'permission', status: 'failed' });
    expect(polls.names.slice(-2)).toEqual(['namespace', 'permission']);
  }, 60_000);

  test('nothing, but has another time', async () => {
    const { DescribeTaskQueueResponse } = temporal.api.workflowservice.v1;
    const { last, exitCode } = await refusing({
      async DescribeTaskQueue({ forward }) {
        const response = DescribeTaskQueueResponse.decode(await forward());
        for (const { lastAccessTime } of response.pollers)
          if (lastAccessTime) lastAccessTime.seconds = Long.fromValue(lastAccessTime.seconds ?? 0).add(600);
        return Buffer.from(DescribeTaskQueueResponse.encode(response).finish());
      },
    });
    expect(exitCode).toBe(0);
    expect(last).toMatchObject({ name: 'clock', status: 'warning' });
    expect(last?.detail).toMatch(/^that of this machine is (59\d|600)(\.\d)? s behind the server$/);
    expect(last?.remedy).toContain('NTP');
  }, 60_000);
});

test('tells TLS and plain text apart, in both directions', async () => {
  const { server: keyPair, authority } = await makeCertificates();
  await using proxy = await startTlsProxy(server.address, { cert: keyPair.crt, key: keyPair.key });
  const address = `localhost:${proxy.port}`;

  const wantsTls = await doctor({ TEMPORAL_ADDRESS: address });
  expect(wantsTls.last).toMatchObject({ name: 'tls', status: 'failed', remedy: 'Set TEMPORAL_TLS=true.' });
  const noTls = await doctor({ TEMPORAL_ADDRESS: server.address, TEMPORAL_TLS: 'true' });
  expect(noTls.last).toMatchObject({ name: 'tls', status: 'failed' });
  expect(noTls.last?.remedy).toContain('does not speak TLS');

  const unknownAuthority = await doctor({ TEMPORAL_ADDRESS: address, TEMPORAL_TLS: 'true' });
  expect(unknownAuthority.last?.remedy).toContain('TEMPORAL_TLS_SERVER_CA_CERT_PATH');
  const trusted = { TEMPORAL_TLS: 'true', TEMPORAL_TLS_SERVER_CA_CERT_DATA: authority.toString() };
  const ok = await doctor({ TEMPORAL_ADDRESS: address, ...trusted });
  expect(ok).toMatchObject({ exitCode: 0, last: { name: 'clock', status: 'ok' } });
}, 60_000);
