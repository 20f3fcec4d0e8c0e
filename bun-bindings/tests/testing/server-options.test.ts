import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import { type Payload, type PayloadCodec, str } from '@temporalio/common';
import { TestWorkflowEnvironment } from '../../src/testing/index.ts';
import { temporalCli } from '../support/dev-server.ts';
import { freePort } from '../support/free-port.ts';
import { rejectionOf } from '../support/observe.ts';
import { ServerProxy } from '../support/server-proxy.ts';

setDefaultTimeout(120_000);
const executable = { type: 'existing-path', path: temporalCli() } as const;

/** Starts a workflow that nobody runs. */
const begin = (env: TestWorkflowEnvironment, workflowId: string, args: unknown[] = []) =>
  env.client.workflow.start('anything', { taskQueue: 'nobody', workflowId, args });

describe('a dev server', () => {
  test('is started with what the options say, and keeps workflows in its file', async () => {
    const dbFilename = `${tmpdir()}/test-environment-${crypto.randomUUID()}.db`;
    const [port, uiPort] = [freePort(), freePort()];
    const namespace = 'of-the-options';
    const server = { executable, dbFilename, namespace };
    try {
      {
        await using env = await TestWorkflowEnvironment.createLocal({
          server: {
            ...server,
            ip: '0.0.0.0',
            port,
            uiPort,
            log: { format: 'json', level: 'error' },
            extraArgs: ['--dynamic-config-value', 'limit.maxIDLength=50'],
          },
        });
        expect(env.address).toBe(`127.0.0.1:${port}`);
        await using elsewhere = await TestWorkflowEnvironment.createFromExistingServer({
          address: `127.0.0.2:${port}`,
        });
        expect((await elsewhere.client.workflow.count()).count).toBe(0);
        expect((await fetch(`http://127.0.0.2:${uiPort}`)).status).toBe(200);
        await begin(env, 'short');
        expect(String((await rejectionOf(begin(env, 'x'.repeat(51)))).cause)).toContain(
          'WorkflowId length exceeds limit',
        );
      }
      await using next = await TestWorkflowEnvironment.createLocal({ server });
      expect((await next.client.workflow.getHandle('short').describe()).status.name).toBe('RUNNING');
    } finally {
      rmSync(dbFilename, { force: true });
    }
  });

  test('serves its web interface a thousand ports above, if it is told to', async () => {
    const port = freePort();
    await using _env = await TestWorkflowEnvironment.createLocal({ server: { executable, port, ui: true } });
    expect((await fetch(`http://127.0.0.1:${port + 1000}`)).status).toBe(200);
  });

  test('is not downloaded again where it was downloaded to before', async () => {
    const downloadDir = `${tmpdir()}/test-environment-${crypto.randomUUID()}`;
    await Bun.write(`${downloadDir}/readme`, 'programs');
    symlinkSync(temporalCli(), `${downloadDir}/temporal-v9.8.7`);
    try {
      await using env = await TestWorkflowEnvironment.createLocal({
        server: { executable: { type: 'cached-download', downloadDir, version: 'v9.8.7', ttl: '1 year' } },
      });
      expect((await env.client.workflow.count()).count).toBe(0);
    } finally {
      rmSync(downloadDir, { recursive: true });
    }
  });

  test('is downloaded in the version that fits the SDK if no other is asked for', async () => {
    const downloadDir = mkdtempSync(`${tmpdir()}/downloads-`);
    symlinkSync(temporalCli(), `${downloadDir}/temporal-sdk-typescript-1.24.0`);
    try {
      await using env = await TestWorkflowEnvironment.createLocal({
        server: { executable: { type: 'cached-download', downloadDir, ttl: '1 year' } },
      });
      expect((await env.client.workflow.count()).count).toBe(0);
    } finally {
      rmSync(downloadDir, { recursive: true });
    }
  });
});

describe('the client of an environment', () => {
  test('has the options that are given', async () => {
    const started: string[] = [];
    const interceptor: WorkflowClientInterceptor = {
      startWithDetails(input, next) {
        started.push(input.workflowType);
        return next(input);
      },
    };
    const codec: PayloadCodec = {
      encode: async (payloads: Payload[]) =>
        payloads.map((payload) => ({ ...payload, data: payload.data?.toReversed() })),
      decode: async (payloads) => payloads,
    };
    await using env = await TestWorkflowEnvironment.createLocal({
      server: { executable },
      client: {
        identity: 'the-tester',
        dataConverter: { payloadCodecs: [codec] },
        interceptors: { workflow: [interceptor] },
      },
    });
    const { events } = await (await begin(env, 'coded', ['text'])).fetchHistory();
    const attributes = events?.[0]?.workflowExecutionStartedEventAttributes;
    expect(attributes?.identity).toBe('the-tester');
    expect(str(attributes?.input?.payloads?.[0]?.data ?? new Uint8Array())).toBe('"txet"');
    expect(started).toEqual(['anything']);
  });

  test('and the connections are those that plugins have configured', async () => {
    const configured: string[] = [];
    const plugin = {
      name: 'a-plugin',
      configureClient<T extends object>(options: T) {
        configured.push('client');
        return { ...options, identity: 'of-the-plugin' };
      },
      configureConnection<T>(options: T) {
        configured.push('connection');
        return options;
      },
      configureNativeConnection<T>(options: T) {
        configured.push('native connection');
        return options;
      },
    };
    await using env = await TestWorkflowEnvironment.createLocal({ server: { executable }, plugins: [plugin] });
    expect(env.client.options.identity).toBe('of-the-plugin');
    await env.connection.ensureConnected();
    expect(configured.toSorted()).toEqual(['client', 'connection', 'native connection']);
  });
});

describe('an environment of a server that runs already', () => {
  test('sends what its connection options say, and leaves the server alone at its end', async () => {
    await using server = await TestWorkflowEnvironment.createLocal({ server: { executable, namespace: 'another' } });
    const seen: unknown[][] = [];
    const proxy = await ServerProxy.start(server.address, {
      CountWorkflowExecutions: ({ metadata, forward }) => {
        seen.push([metadata.get('x-tenant'), metadata.get('authorization')].flat());
        return forward();
      },
    });
    {
      await using env = await TestWorkflowEnvironment.createFromExistingServer({
        address: proxy.address,
        namespace: 'another',
        connectionOptions: { metadata: { 'x-tenant': 'a' }, apiKey: 'a-key', tls: false },
        client: { identity: 'the-tester' },
      });
      expect(env.supportsTimeSkipping).toBe(false);
      expect(env.client.options).toMatchObject({ namespace: 'another', identity: 'the-tester' });
      await env.client.workflow.count();
      await env.connection.workflowService.countWorkflowExecutions({ namespace: 'another' });
    }
    proxy.stop();
    expect(seen).toEqual(Array(2).fill(['a', 'Bearer a-key']));
    expect((await server.client.workflow.count()).count).toBe(0);
  });

  test('is in the default namespace if nothing else is said', async () => {
    await using server = await TestWorkflowEnvironment.createLocal({ server: { executable } });
    await using env = await TestWorkflowEnvironment.createFromExistingServer({ address: server.address });
    expect(env.namespace).toBe('default');
  });
});

test('a server that skips time listens where it is told to, and its client has the options that are given', async () => {
  const port = freePort();
  await using env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { port },
    client: { identity: 'the-tester' },
  });
  expect(env.address).toEndWith(`:${port}`);
  expect(env.supportsTimeSkipping).toBe(true);
  const { events } = await (await begin(env, 'a')).fetchHistory();
  expect(events?.[0]?.workflowExecutionStartedEventAttributes?.identity).toBe('the-tester');
});
