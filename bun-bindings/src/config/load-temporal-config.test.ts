import { afterAll, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { loadTemporalConfig } from './load-temporal-config.ts';
import { TemporalConfigError } from './temporal-config-error.ts';

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

  test('TLS is turned on and off, whatever else is set', async () => {
    expect((await load({})).connectionOptions.tls).toBeUndefined();
    expect((await load({ TEMPORAL_TLS: 'true' })).connectionOptions.tls).toBeObject();
    expect((await load({ TEMPORAL_TLS: '0', TEMPORAL_API_KEY: 'secret' })).connectionOptions.tls).toBe(false);
  });

  test.each([
    ['TEMPORAL_ADDRESS', { TEMPORAL_ADDRESS: 'two words' }],
    ['TEMPORAL_CONFIG_FILE', { TEMPORAL_CONFIG_FILE: join(folder, 'missing.toml') }],
    ['TEMPORAL_PROFILE', { TEMPORAL_PROFILE: 'missing' }],
    ['TEMPORAL_TLS_SERVER_CA_CERT_PATH', { TEMPORAL_TLS_SERVER_CA_CERT_PATH: join(folder, 'missing.pem') }],
    ['TEMPORAL_NAMESPACE', { TEMPORAL_NAMESPACE: '' }],
    ['TEMPORAL_TLS', { TEMPORAL_TLS: 'maybe' }],
    ['TEMPORAL_TLS_CLIENT_KEY_PATH', { TEMPORAL_TLS_CLIENT_CERT_DATA: 'x' }],
    ['TEMPORAL_TLS_CLIENT_CERT_PATH', { TEMPORAL_TLS_CLIENT_KEY_DATA: 'x' }],
    [
      'TEMPORAL_TLS_SERVER_CA_CERT_DATA',
      { TEMPORAL_TLS_SERVER_CA_CERT_DATA: 'x', TEMPORAL_TLS_SERVER_CA_CERT_PATH: 'y' },
    ],
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
     api_key = "from the file"`,
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

  test('a certificate may come from the environment and its key from the file', async () => {
    const config = file('key.toml', '[profile.default.tls]\nclient_key_data = "the key"');
    const { connectionOptions } = await load({
      TEMPORAL_CONFIG_FILE: config,
      TEMPORAL_TLS_CLIENT_CERT_DATA: 'the certificate',
    });
    const tls = connectionOptions.tls as Exclude<typeof connectionOptions.tls, boolean | null | undefined>;
    expect(Buffer.from(tls?.clientCertPair?.crt ?? []).toString()).toBe('the certificate');
    expect(Buffer.from(tls?.clientCertPair?.key ?? []).toString()).toBe('the key');
  });

  test('options go before the environment', async () => {
    const env = { TEMPORAL_CONFIG_FILE: noFile, TEMPORAL_PROFILE: 'default' };
    const { namespace } = await loadTemporalConfig({ env, configFile: profiles, profile: 'production' });
    expect(namespace).toBe('production');
  });

  test.each([
    ['profile.default.address', 'address = "two words"'],
    ['profile.default.api_key', 'api_key = 5'],
    ['profile.default.grpc_meta.tenant', 'grpc_meta.tenant = true'],
    ['profile.default.tls.disabled', 'tls.disabled = "no"'],
    ['profile.default.tls.client_key_path', 'tls.client_cert_data = "x"'],
    ['profile.default.tls.server_ca_cert_path', 'tls.server_ca_cert_path = "/there/is/no/such.pem"'],
  ])('an error names %s', async (source, line) => {
    const error = await errorOf({ TEMPORAL_CONFIG_FILE: file('wrong.toml', `[profile.default]\n${line}`) });
    expect(error.source).toBe(source);
  });

  test('an error names the file, and what is wrong there', async () => {
    const unknown = file('unknown.toml', '[profile.default]\nadress = "typo:7233"');
    const typo = await errorOf({ TEMPORAL_CONFIG_FILE: unknown });
    expect(typo.source).toBe(unknown);
    expect(typo.message).toContain('adress');
    const noToml = file('no.toml', 'not [TOML');
    expect((await errorOf({ TEMPORAL_CONFIG_FILE: noToml })).source).toBe(noToml);
    const missing = join(folder, 'missing.toml');
    await expect(loadTemporalConfig({ env: {}, configFile: missing })).rejects.toMatchObject({ source: missing });
  });
});

describe('what @temporalio/envconfig reads is read', () => {
  const certificate = file('crt.pem', 'the certificate');
  const key = file('key.pem', 'the key');
  const everything = `
    address = "file.example:7233"
    namespace = "of the file"
    api_key = "key of the file"
    [profile.default.tls]
    disabled = false
    server_name = "name of the file"
    client_cert_path = "${certificate}"
    client_key_path = "${key}"
    server_ca_cert_data = "authority of the file"
    [profile.default.codec]
    endpoint = "http://codec.example"
    auth = "Bearer codec"
    [profile.default.grpc_meta]
    tenant = "file"
    some_other_key = "kept"`;
  const tlsOff = '[profile.default.tls]\ndisabled = true\nserver_name = "unused"';

  test.each<[string, string, Record<string, string>]>([
    ['nothing', '', {}],
    ['all fields of a file', everything, {}],
    ['TLS that is off', tlsOff, {}],
    ['TLS that a variable turns on again', tlsOff, { TEMPORAL_TLS: 'true' }],
    ['TLS that a variable turns off', everything, { TEMPORAL_TLS: 'false' }],
    ['an API key, and TLS with it', '', { TEMPORAL_API_KEY: 'k' }],
    [
      'metadata of variables, and what they remove',
      everything,
      { TEMPORAL_GRPC_META_TENANT: '', TEMPORAL_GRPC_META_X_Y: '1' },
    ],
    [
      'all variables before all fields',
      everything,
      {
        TEMPORAL_ADDRESS: 'env.example:7233',
        TEMPORAL_NAMESPACE: 'of the environment',
        TEMPORAL_API_KEY: 'key of the environment',
        TEMPORAL_TLS_SERVER_NAME: 'name of the environment',
        TEMPORAL_TLS_CLIENT_CERT_PATH: key,
        TEMPORAL_TLS_CLIENT_KEY_PATH: certificate,
        TEMPORAL_TLS_SERVER_CA_CERT_DATA: 'authority of the environment',
        TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: 'false',
        TEMPORAL_CODEC_ENDPOINT: 'http://other.example',
        TEMPORAL_CODEC_AUTH: 'Bearer other',
        TEMPORAL_GRPC_META_TENANT: 'environment',
      },
    ],
  ])('%s', async (name, fields, variables) => {
    const path = file(`${name}.toml`, `[profile.default]\n${fields}`);
    const env = { TEMPORAL_CONFIG_FILE: path, ...variables };
    const { connectionOptions, namespace } = await loadTemporalConfig({ env });
    const theirs = loadClientConnectConfig({ overrideEnvVars: env });
    expect(connectionOptions).toEqual(theirs.connectionOptions);
    expect(namespace).toBe(theirs.namespace ?? 'default');
  });

  test('a profile of that name, from the usual place', async () => {
    mkdirSync(join(folder, 'temporalio'));
    file('temporalio/temporal.toml', '[profile.other]\naddress = "usual.example:7233"');
    const env = { XDG_CONFIG_HOME: folder, TEMPORAL_PROFILE: 'other' };
    const { connectionOptions } = await loadTemporalConfig({ env });
    expect(connectionOptions).toEqual(loadClientConnectConfig({ overrideEnvVars: env }).connectionOptions);
    expect(connectionOptions.address).toBe('usual.example:7233');
  });
});
