import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTemporalConfig, TemporalConfigError } from './load-temporal-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'temporal-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const noFile = file('none.toml', '[profile.default]');

/** The configuration that these variables make, with no file but the one that they name. */
function load(env: Record<string, string>) {
  return loadTemporalConfig({ env: { TEMPORAL_CONFIG_FILE: noFile, ...env } });
}

async function errorOf(env: Record<string, string>): Promise<TemporalConfigError> {
  const error = await load(env).catch((error) => error);
  expect(error).toBeInstanceOf(TemporalConfigError);
  return error;
}

describe('from the environment', () => {
  test('everything has a default', async () => {
    const config = await load({});
    expect(config.namespace).toBe('default');
    expect(config.taskQueue).toBeUndefined();
    expect(config.connectionOptions.address).toBeUndefined();
    expect(config.identity).toStartWith(`${process.pid}@`);
  });

  test('address, namespace, task queue, API key, metadata and identity are read', async () => {
    const { connectionOptions, ...config } = await load({
      TEMPORAL_ADDRESS: 'temporal.example:7234',
      TEMPORAL_NAMESPACE: 'orders',
      TEMPORAL_TASK_QUEUE: 'fast',
      TEMPORAL_API_KEY: 'secret',
      TEMPORAL_GRPC_META_TENANT: 'blue',
      TEMPORAL_WORKER_IDENTITY_PREFIX: 'pod-7',
    });
    expect(config).toMatchObject({ namespace: 'orders', taskQueue: 'fast' });
    expect(config.identity).toStartWith(`pod-7-${process.pid}@`);
    expect(connectionOptions).toMatchObject({ address: 'temporal.example:7234', apiKey: 'secret', tls: true });
    expect(connectionOptions.metadata).toEqual({ tenant: 'blue' });
  });

  test('certificates come from files and from variables', async () => {
    const { connectionOptions } = await load({
      TEMPORAL_TLS_CLIENT_CERT_PATH: file('client.pem', 'the certificate'),
      TEMPORAL_TLS_CLIENT_KEY_DATA: 'the key',
      TEMPORAL_TLS_SERVER_CA_CERT_DATA: 'the authority',
      TEMPORAL_TLS_SERVER_NAME: 'temporal.internal',
    });
    const tls = connectionOptions.tls as Exclude<typeof connectionOptions.tls, boolean | null | undefined>;
    expect(tls?.serverNameOverride).toBe('temporal.internal');
    expect(Buffer.from(tls?.serverRootCACertificate ?? []).toString()).toBe('the authority');
    expect(Buffer.from(tls?.clientCertPair?.crt ?? []).toString()).toBe('the certificate');
    expect(Buffer.from(tls?.clientCertPair?.key ?? []).toString()).toBe('the key');
  });

  test.each([
    ['TEMPORAL_NAMESPACE', { TEMPORAL_NAMESPACE: '' }],
    ['TEMPORAL_TLS', { TEMPORAL_TLS: 'maybe' }],
    ['TEMPORAL_TLS_CLIENT_KEY_PATH', { TEMPORAL_TLS_CLIENT_CERT_DATA: 'x' }],
    ['TEMPORAL_TLS_CLIENT_CERT_PATH', { TEMPORAL_TLS_CLIENT_KEY_DATA: 'x' }],
    ['TEMPORAL_TLS_SERVER_CA_CERT_DATA', { TEMPORAL_TLS_SERVER_CA_CERT_DATA: 'x', TEMPORAL_TLS_SERVER_CA_CERT_PATH: 'y' }],
    ['TEMPORAL_TLS_DISABLE_HOST_VERIFICATION', { TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: 'true' }],
  ])('an error names %s', async (variable, env) => {
    const error = await errorOf(env as Record<string, string>);
    expect(error.source).toBe(variable);
    expect(error.message).toStartWith(`${variable}: `);
  });
});

describe('from a file', () => {
  const profiles = file(
    'profiles.toml',
    `[profile.default]
     address = "default.example:7233"
     [profile.production]
     address = "production.example:7233"
     namespace = "production"
     api_key = "from the file"
     [profile.broken]
     address = "two words"`,
  );

  test('the profile that is asked for is read, and the environment goes before it', async () => {
    const byDefault = await load({ TEMPORAL_CONFIG_FILE: profiles });
    expect(byDefault.connectionOptions.address).toBe('default.example:7233');
    const { connectionOptions, namespace } = await load({
      TEMPORAL_CONFIG_FILE: profiles,
      TEMPORAL_PROFILE: 'production',
      TEMPORAL_API_KEY: 'from the environment',
    });
    expect(namespace).toBe('production');
    expect(connectionOptions).toMatchObject({ address: 'production.example:7233', apiKey: 'from the environment' });
  });

  test('options go before the environment', async () => {
    const env = { TEMPORAL_CONFIG_FILE: noFile, TEMPORAL_PROFILE: 'default' };
    const { namespace } = await loadTemporalConfig({ env, configFile: profiles, profile: 'production' });
    expect(namespace).toBe('production');
  });

  test('an error names the path in the file, or the file', async () => {
    const address = await errorOf({ TEMPORAL_CONFIG_FILE: profiles, TEMPORAL_PROFILE: 'broken' });
    expect(address.source).toBe('profile.broken.address');
    const unknown = file('unknown.toml', '[profile.default]\nadress = "typo:7233"');
    expect((await errorOf({ TEMPORAL_CONFIG_FILE: unknown })).message).toContain('adress');
    const missing = await errorOf({ TEMPORAL_CONFIG_FILE: profiles, TEMPORAL_PROFILE: 'missing' });
    expect(missing.message).toContain('missing');
  });
});
