import { expect, test } from 'bun:test';
import { makeCertificates } from '../support/certificates.ts';
import { useDevServer } from '../support/dev-server.ts';
import { freePort } from '../support/free-port.ts';
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

async function doctor(env: Record<string, string>, ...flags: string[]): Promise<{ exitCode: number; last?: Found }> {
  const { exitCode, output } = await runTemporalBun(['doctor', '--json', ...flags], {
    cwd: new TemporaryProject().root,
    env,
  });
  return { exitCode, last: (JSON.parse(output) as { results: Found[] }).results.at(-1) };
}

test('a server that answers is in order', async () => {
  const { exitCode, last } = await doctor({ TEMPORAL_ADDRESS: server.address });
  expect(exitCode).toBe(0);
  expect(last).toMatchObject({ name: 'namespace', status: 'ok' });
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
  expect(ok).toMatchObject({ exitCode: 0, last: { name: 'namespace', status: 'ok' } });
}, 60_000);
