import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import type { WorkflowHandle } from '@temporalio/client';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { AesGcmCodec } from '../fixtures/data/aes-gcm-codec.ts';
import { UnsteadyCodec } from '../fixtures/data/unsteady-codec.ts';
import * as activities from '../fixtures/data/vault-activities.ts';
import * as workflows from '../fixtures/data/vault-workflows.ts';
import { attributesOf, start, taskFailure } from '../support/observe.ts';
import { useServer } from '../support/test-server.ts';
import { type DataWorker, fixture, useDataWorker, withDataWorker } from './data-worker.ts';

setDefaultTimeout(60_000);
const server = useServer({ searchAttributes: [{ name: 'CustomLabel', type: 'KEYWORD' }] });
const workflowsPath = fixture('vault-workflows.ts');

describe.each([
  ['in a thread', {}],
  ['on the main thread', { debugMode: true }],
])('a codec that fails, workflows %s', (_name, options) => {
  const codec = new UnsteadyCodec();
  const worker = useDataWorker(server, { payloadCodecs: [codec] }, { ...options, workflowsPath, activities });
  /** The worker's codec fails, not the client's. */
  const startPlain = ({ plain, taskQueue }: DataWorker): Promise<WorkflowHandle<typeof workflows.vault>> =>
    start({ ...worker, client: plain, taskQueue }, workflows.vault, ['first']);

  test.each(['decode', 'encode'] as const)('to %s at the start: the task is retried until it works', async (way) => {
    const failed = codec.failWith(way, way === 'decode' ? 'first' : 'secret memo');
    const handle = await startPlain(worker);
    await failed;
    const failure = await taskFailure(worker, handle);
    expect(failure).toMatchObject({ message: `The key is not there to ${way}`, source: 'TypeScriptSDK' });
    expect(failure.stackTrace).toContain('unsteady-codec.ts');
    await handle.signal(workflows.end, 'well');
    expect(await handle.result()).toEqual(['first']);
  });

  test('later: what the run had done is kept', async () => {
    const handle = await startPlain(worker);
    expect(await handle.executeUpdate(workflows.change, { args: ['second'] })).toEqual(['first', 'second, echoed']);
    const failed = codec.failWith('decode', 'third');
    await handle.signal(workflows.tell, 'third');
    await failed;
    expect((await taskFailure(worker, handle)).message).toBe('The key is not there to decode');
    await handle.signal(workflows.end, 'well');
    expect(await handle.result()).toEqual(['first', 'second, echoed', 'third']);
    expect(await attributesOf(handle, 'activityTaskScheduledEventAttributes')).toHaveLength(1);
  });

  test('for a query: the client is told, the workflow does not notice', async () => {
    const handle = await startPlain(worker);
    expect(await handle.query(workflows.ask, 'once')).toEqual(['first', 'once']);
    codec.failWith('encode', 'twice');
    const error = await handle.query(workflows.ask, 'twice').catch((refused) => refused);
    expect(error.message).toContain('The key is not there to encode');
    expect(await handle.query(workflows.ask, 'twice')).toEqual(['first', 'twice']);
    await handle.signal(workflows.end, 'well');
    expect(await handle.result()).toEqual(['first']);
  });
});

describe.each([
  ['in a thread', {}],
  ['on the main thread', { debugMode: true }],
])('what a codec has failed with, workflows %s', (_name, options) => {
  test('goes through the failure converter and the codecs', async () => {
    const codec = new UnsteadyCodec();
    const failureConverterPath = `${import.meta.dir}/../fixtures/nexus/encoding-failure-converter.ts`;
    const converter = { payloadCodecs: [codec], failureConverterPath };
    await withDataWorker(server, converter, { ...options, workflowsPath, activities }, async (worker) => {
      const failed = codec.failWith('decode', 'first');
      const handle = await start({ ...worker, client: worker.plain }, workflows.vault, ['first']);
      await failed;
      const failure = await taskFailure(worker, handle);
      expect(failure).toMatchObject({ message: 'Encoded failure', stackTrace: '' });
      expect(failure.encodedAttributes?.data?.length).toBeGreaterThan(0);
      await handle.signal(workflows.end, 'well');
      await handle.result();
    });
  });
});

test('runs with each other: one that waits for its key holds nobody up', async () => {
  const key = Promise.withResolvers<void>();
  const waiting = Promise.withResolvers<void>();
  const codec: PayloadCodec = {
    encode: async (all) => all,
    async decode(all: Payload[]) {
      if (all.some(({ data }) => Buffer.from(data ?? []).includes('patient'))) {
        waiting.resolve();
        await key.promise;
      }
      return all;
    },
  };
  await withDataWorker(server, { payloadCodecs: [codec] }, { workflowsPath, activities }, async (worker) => {
    const { plain: client } = worker;
    const patient = await start({ ...worker, client }, workflows.vault, ['patient']);
    await waiting.promise;
    const other = await start({ ...worker, client }, workflows.vault, ['other']);
    await other.signal(workflows.end, 'well');
    expect(await other.result()).toEqual(['other']);
    key.resolve();
    await patient.signal(workflows.end, 'well');
    expect(await patient.result()).toEqual(['patient']);
  });
});

test('several codecs are applied in their order, and taken off in the reverse one', async () => {
  const stamp = (name: string): PayloadCodec => ({
    encode: async (all) =>
      all.map((one) => ({ ...one, data: Buffer.concat([one.data ?? Buffer.of(), Buffer.from(name)]) })),
    async decode(all) {
      return all.map((one) => {
        const data = Buffer.from(one.data ?? []);
        expect(data.subarray(-name.length).toString()).toBe(name);
        return { ...one, data: new Uint8Array(data.subarray(0, -name.length)) };
      });
    },
  });
  const dataConverter = { payloadCodecs: [stamp('A'), stamp('B')] };
  await withDataWorker(server, dataConverter, { workflowsPath, activities }, async (worker) => {
    const handle = await start(worker, workflows.vault, ['first']);
    await handle.signal(workflows.end, 'well');
    expect(await handle.result()).toEqual(['first']);
    const [ended] = await attributesOf(handle, 'workflowExecutionCompletedEventAttributes');
    expect(Buffer.from(ended?.result?.payloads?.[0]?.data ?? []).toString()).toBe('["first"]AB');
  });
});

test('an error that fails a task is hidden like any other failure', async () => {
  const dataConverter = {
    payloadCodecs: [await AesGcmCodec.create()],
    failureConverterPath: fixture('encoded-failures.ts'),
  };
  await withDataWorker(server, dataConverter, { workflowsPath, activities }, async (worker) => {
    const handle = await start(worker, workflows.vault, ['secret']);
    await handle.signal(workflows.end, 'secret bug');
    const failure = await taskFailure(worker, handle);
    expect(failure.message).toBe('Encoded failure');
    const bytes = temporal.api.failure.v1.Failure.encode(failure).finish();
    expect(Buffer.from(bytes).includes('secret')).toBe(false);
    await handle.terminate();
  });
});
