import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { Client, type WorkflowHandle, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure, defaultPayloadConverter, type Payload } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { AesGcmCodec } from '../fixtures/data/aes-gcm-codec.ts';
import * as activities from '../fixtures/data/vault-activities.ts';
import * as workflows from '../fixtures/data/vault-workflows.ts';
import { attributesOf, failureOf, rejectionOf, start } from '../support/observe.ts';
import { useServer } from '../support/test-server.ts';
import { fixture, useDataWorker } from './data-worker.ts';

setDefaultTimeout(30_000);
const server = useServer({ searchAttributes: [{ name: 'CustomLabel', type: 'KEYWORD' }] });

const codec = await AesGcmCodec.create();
const dataConverter = { payloadCodecs: [codec], failureConverterPath: fixture('encoded-failures.ts') };
const workflowsPath = fixture('vault-workflows.ts');
const workflowInterceptors = { workflowModules: [workflowsPath] };

const { History } = temporal.api.history.v1;

/** All that the server knows of a run, as bytes. */
async function onTheWire(handle: WorkflowHandle): Promise<Buffer> {
  return Buffer.from(History.encode(await handle.fetchHistory()).finish());
}

describe.each([
  ['with a cache', {}],
  ['without a cache', { maxCachedWorkflows: 0 }],
  ['on the main thread', { debugMode: true }],
])('a codec that encrypts, %s', (_name, options) => {
  const interceptors = workflowInterceptors;
  const worker = useDataWorker(server, dataConverter, { ...options, workflowsPath, activities, interceptors });

  test('hides all that workflows send and receive, each payload for the one who reads it', async () => {
    const other = await start(worker, workflows.vault, ['secret']);
    const memo = { begun: 'secret memo' };
    const handle = await start(worker, workflows.courier, ['secret', other.workflowId], { memo });
    expect(await handle.result()).toEqual([
      'secret, echoed',
      'secret, local, echoed',
      'secret, child',
      'secret, to child',
      'secret, failing, betrayed (secret, failing, in details)',
      'secret, failing, betrayed (secret, failing, in details)',
      'secret failure (secret detail)',
      'secret memo',
    ]);
    await other.signal(workflows.end, 'well');
    expect(await other.result()).toEqual(['secret', 'secret, to another']);
    const children = await attributesOf(handle, 'childWorkflowExecutionStartedEventAttributes');
    const ids = [handle, other, ...children.map((child) => child.workflowExecution)].map(
      (run) => run?.workflowId ?? '',
    );
    expect(ids).toHaveLength(4);
    for (const id of ids) {
      const wire = await onTheWire(worker.plain.workflow.getHandle(id));
      expect(wire.includes('secret')).toBe(false);
      expect(wire.includes('binary/encrypted')).toBe(true);
    }
  });

  test('hides queries, updates, memos and failures; search attributes are for the server to read', async () => {
    const handle = await start(worker, workflows.vault, ['secret']);
    await handle.signal(workflows.tell, 'secret signal');
    expect(await handle.query(workflows.ask, 'secret query')).toEqual(['secret', 'secret signal', 'secret query']);
    expect(await handle.executeUpdate(workflows.change, { args: ['secret update'] })).toEqual([
      'secret',
      'secret signal',
      'secret update, echoed',
    ]);
    const refused = await rejectionOf(handle.executeUpdate(workflows.change, { args: ['bad secret'] }));
    expect(refused).toBeInstanceOf(WorkflowUpdateFailedError);
    expect((refused as WorkflowUpdateFailedError).cause?.message).toBe('bad secret, refused');

    const { memo, typedSearchAttributes } = await handle.describe();
    expect(memo).toEqual({ upserted: 'secret memo' });
    expect(typedSearchAttributes.get(workflows.label)).toBe('plain label');

    await handle.signal(workflows.end, 'secret failure');
    const failure = (await failureOf(handle)) as ApplicationFailure;
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure.message).toBe('secret failure');
    expect(failure.stack).toContain('vault-workflows.ts');
    expect(failure.details).toEqual(['secret detail']);
    expect(failure.cause?.message).toBe('secret cause');

    const plain = worker.plain.workflow.getHandle(handle.workflowId);
    expect((await onTheWire(plain)).includes('secret')).toBe(false);
    const [failed] = await attributesOf(plain, 'workflowExecutionFailedEventAttributes');
    expect(failed?.failure).toMatchObject({ message: 'Encoded failure', stackTrace: '' });
    expect(failed?.failure?.cause).toMatchObject({ message: 'Encoded failure', stackTrace: '' });
  });

  test('leaves headers alone', async () => {
    const header: Payload = defaultPayloadConverter.toPayload('in plain sight');
    const connection = worker.client.connection;
    const workflow = [{ start: (input: never, next: (input: never) => never) => next(withHeader(input, header)) }];
    const client = new Client({ connection, dataConverter, interceptors: { workflow } as never });
    const other = await start(worker, workflows.vault, ['secret']);
    const { taskQueue } = worker;
    const handle = await start({ ...worker, client, taskQueue }, workflows.courier, ['secret', other.workflowId]);
    await handle.result();
    await other.terminate();
    const sent = [
      ...(await attributesOf(handle, 'workflowExecutionStartedEventAttributes')),
      ...(await attributesOf(handle, 'activityTaskScheduledEventAttributes')),
      ...(await attributesOf(handle, 'startChildWorkflowExecutionInitiatedEventAttributes')),
      ...(await attributesOf(handle, 'signalExternalWorkflowExecutionInitiatedEventAttributes')),
    ];
    expect(sent).toHaveLength(1 + 2 + 2 + 4);
    for (const { header: received } of sent) {
      const payload = received?.fields?.trace;
      expect(payload && defaultPayloadConverter.fromPayload<string>(payload)).toBe('in plain sight');
    }
  });
});

function withHeader(input: { headers: object }, header: Payload): never {
  return { ...input, headers: { ...input.headers, trace: header } } as never;
}
