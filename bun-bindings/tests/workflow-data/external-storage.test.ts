import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type WorkflowHandle } from '@temporalio/client';
import { type ApplicationFailure, type DataConverter, ExternalStorage, type Payload, str } from '@temporalio/common';
import { isReferencePayload } from '@temporalio/common/lib/internal-non-workflow';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { WorkerRuntime } from '../../src/worker/worker.ts';
import { AesGcmCodec } from '../fixtures/data/aes-gcm-codec.ts';
import * as activities from '../fixtures/data/bulk-activities.ts';
import * as workflows from '../fixtures/data/bulk-workflows.ts';
import { FileDriver } from '../fixtures/data/file-driver.ts';
import { MemoryDriver } from '../fixtures/data/memory-driver.ts';
import { attributesOf, eventsOf, failureOf, rejectionOf, start, taskFailure } from '../support/observe.ts';
import { useServer } from '../support/test-server.ts';
import { fixture, useDataWorker, withDataWorker } from './data-worker.ts';

setDefaultTimeout(30_000);
const server = useServer();
const workflowsPath = fixture('bulk-workflows.ts');
const THRESHOLD = 1000;
const LARGE = 5000;

function storageOf(driver: MemoryDriver | FileDriver): DataConverter {
  return { externalStorage: new ExternalStorage({ drivers: [driver], payloadSizeThreshold: THRESHOLD }) };
}

/** The number of stored and of other payloads in a run's history. */
async function payloadsOf(handle: WorkflowHandle): Promise<{ stored: number; inline: number }> {
  const counts = { stored: 0, inline: 0 };
  const count = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
    const { metadata, data } = value as Payload;
    if (metadata != null && data != null) counts[isReferencePayload(value as Payload) ? 'stored' : 'inline']++;
    else Object.values(value).forEach(count);
  };
  count(await eventsOf(handle));
  return counts;
}

describe.each([
  ['with a cache', {}],
  ['without a cache', { maxCachedWorkflows: 0 }],
  ['on the main thread', { debugMode: true }],
])('external storage, %s', (_name, options) => {
  const driver = new MemoryDriver('memory');
  const worker = useDataWorker(server, storageOf(driver), { ...options, workflowsPath, activities });

  test('keeps what is large, for the one who will read it', async () => {
    driver.targets.length = 0;
    const handle = await start(worker, workflows.carrier, [LARGE]);
    expect(await handle.result()).toEqual({
      activity: LARGE + 1,
      local: LARGE + 2,
      child: 3 * LARGE + 3,
      failure: LARGE,
    });
    const { workflowId: id, firstExecutionRunId: runId } = handle;
    const [started] = await attributesOf(handle, 'childWorkflowExecutionStartedEventAttributes');
    expect(started?.workflowExecution?.workflowId).toBe(`${id}/child`);
    const own = { kind: 'workflow', namespace: 'default', id, runId, type: 'carrier' };
    const child = { kind: 'workflow', namespace: 'default', id: `${id}/child` };
    expect(driver.targets).toEqual([
      own, // the activity's argument
      own, // its result
      own, // the local activity's argument
      own, // its result
      { ...child, type: 'pile' }, // the child's argument
      { ...child, type: 'pile' }, // its memo
      child, // a signal to it
      child, // a signal to it as to any other workflow
      { kind: 'workflow', namespace: 'default', id, runId }, // the child's result
      own, // the failing activity's argument
      own, // a detail of its failure
      own, // the memo
    ] as unknown[] as typeof driver.targets);
  });

  test('keeps what is large between a client and a workflow', async () => {
    const text = '-'.repeat(LARGE);
    const handle = await start(worker, workflows.pile, [text], { memo: { note: text } });
    await handle.signal(workflows.add, text);
    expect(await handle.query(workflows.ask, text)).toHaveLength(3 * LARGE);
    expect(await handle.executeUpdate(workflows.change, { args: [text] })).toHaveLength(3 * LARGE);
    await handle.signal(workflows.add, 'a little');
    await handle.signal(workflows.end);
    expect(await handle.result()).toHaveLength(3 * LARGE + 8);
    expect((await handle.describe()).memo).toEqual({ note: text });
    // Argument, memo, signal, the update's argument and result, and the result; and one small signal.
    expect(await payloadsOf(handle)).toEqual({ stored: 6, inline: 1 });
    const history = JSON.stringify(historyToJSON(await handle.fetchHistory()));
    expect(history).not.toContain(text);
  });

  test('keeps what is handed on to the next run, and why the last one failed', async () => {
    driver.targets.length = 0;
    const handle = await start(worker, workflows.relay, ['-'.repeat(LARGE), 1]);
    expect(await handle.result()).toHaveLength(LARGE + 1);
    const own = { kind: 'workflow', namespace: 'default', id: handle.workflowId, type: 'relay' };
    const [given, next, result] = driver.targets;
    expect(given).toEqual({ ...own, runId: undefined } as typeof given);
    expect(next).toEqual({ ...own, runId: undefined } as typeof next);
    const { runId } = await handle.describe();
    expect(result).toEqual({ ...own, runId } as typeof result);
    expect(runId).not.toBe(handle.firstExecutionRunId);

    const failure = (await failureOf(await start(worker, workflows.breakdown, [LARGE]))) as ApplicationFailure;
    expect(failure.details?.[0]).toHaveLength(LARGE);
  });

  test('leaves small payloads where they are', async () => {
    const before = driver.payloads.length;
    const handle = await start(worker, workflows.carrier, [1]);
    await handle.result();
    expect(driver.payloads).toHaveLength(before);
    expect((await payloadsOf(handle)).stored).toBe(0);
  });

  test('lets more through than the server takes', async () => {
    const text = '-'.repeat(3 * 1024 * 1024);
    const handle = await start(worker, workflows.relay, [text, 1]);
    expect(await handle.result()).toHaveLength(text.length + 1);
  });

  test('fails the task when it fails, and the workflow goes on when it works again', async () => {
    for (const operation of ['retrieve', 'store'] as const) {
      failOnce(driver, operation);
      const handle = await start(worker, workflows.relay, ['-'.repeat(LARGE), 1]);
      expect(
        (await taskFailure(worker, worker.client.workflow.getHandle(handle.workflowId, handle.firstExecutionRunId)))
          .message,
      ).toBe(`${operation} is out of order`);
      expect(await handle.result()).toHaveLength(LARGE + 1);
    }
  });
});

/** Makes the worker's first operation of a kind fail. */
function failOnce(driver: MemoryDriver, operation: 'store' | 'retrieve'): void {
  // The client is first to store something: its argument.
  let before = operation === 'store' ? 1 : 0;
  driver.before = (current) => {
    if (current !== operation || before-- > 0) return;
    driver.before = () => {};
    throw new Error(`${operation} is out of order`);
  };
}

test('what a driver gets is encoded already', async () => {
  const driver = new MemoryDriver('memory');
  const dataConverter = { ...storageOf(driver), payloadCodecs: [await AesGcmCodec.create()] };
  await withDataWorker(server, dataConverter, { workflowsPath, activities }, async (worker) => {
    const handle = await start(worker, workflows.carrier, [LARGE]);
    expect(await handle.result()).toMatchObject({ activity: LARGE + 1, local: LARGE + 2 });
  });
  expect(driver.payloads).toHaveLength(12);
  for (const { metadata } of driver.payloads) expect(str(metadata?.encoding as Uint8Array)).toBe('binary/encrypted');
});

describe('a replay', () => {
  let directory: string;
  const directories: string[] = [];
  afterAll(() => Promise.all(directories.map((made) => rm(made, { recursive: true }))));

  async function record(): Promise<{ driver: FileDriver; dataConverter: DataConverter; history: unknown; id: string }> {
    directory = await mkdtemp(join(tmpdir(), 'storage-'));
    directories.push(directory);
    const driver = new FileDriver(directory);
    const dataConverter = storageOf(driver);
    return withDataWorker(server, dataConverter, { workflowsPath, activities }, async (worker) => {
      const handle = await start(worker, workflows.carrier, [LARGE]);
      await handle.result();
      return { driver, dataConverter, history: await handle.fetchHistory(), id: handle.workflowId };
    });
  }

  test('fetches what was stored, and stores nothing', async () => {
    const { driver, dataConverter, history, id } = await record();
    const written = driver.written;
    expect(written).toBe(12);
    await WorkerRuntime.runReplayHistory({ workflowsPath, dataConverter }, history, id);
    expect(driver.written).toBe(written);
    // Without what was stored there is nothing to replay.
    await rm(directory, { recursive: true });
    directories.length = 0;
    const error = await rejectionOf(WorkerRuntime.runReplayHistory({ workflowsPath, dataConverter }, history, id));
    expect(error.message).toContain('ENOENT');
  });

  test('needs the storage', async () => {
    const { history } = await record();
    const error = await rejectionOf(WorkerRuntime.runReplayHistory({ workflowsPath }, history));
    expect(error.message).toContain('[TMPRL1105]');
  });
});

describe('without external storage', () => {
  test.each<[string, DataConverter & { debugMode?: boolean }]>([
    ['without codecs', {}],
    [
      'with codecs',
      { payloadCodecs: [{ encode: async (all: Payload[]) => all, decode: async (all: Payload[]) => all }] },
    ],
    ['on the main thread', { debugMode: true }],
  ])('a reference fails the task, %s', async (_name, { debugMode, ...dataConverter }) => {
    const storing = storageOf(new MemoryDriver('memory'));
    await withDataWorker(server, dataConverter, { workflowsPath, activities, debugMode }, async (worker) => {
      const client = new Client({ connection: worker.client.connection, dataConverter: storing });
      const handle = await start({ ...worker, client }, workflows.relay, ['-'.repeat(LARGE), 1]);
      expect((await taskFailure(worker, handle)).message).toBe(
        '[TMPRL1105] Detected externally stored payload(s) but external storage is not configured.',
      );
      await handle.terminate();
    });
  });

  test('a text that looks like a reference is none', async () => {
    await withDataWorker(server, {}, { workflowsPath, activities }, async (worker) => {
      const text = 'temporal.api.sdk.v1.ExternalStorageReference';
      expect(await (await start(worker, workflows.relay, [text, 1])).result()).toBe(`${text}+`);
    });
  });
});

test('each payload goes to the driver that is selected for it', async () => {
  const [first, second] = [new MemoryDriver('first'), new MemoryDriver('second')];
  const externalStorage = new ExternalStorage({
    drivers: [first, second],
    payloadSizeThreshold: THRESHOLD,
    driverSelector: ({ target }) => (target?.type === 'relay' ? first : target?.type === 'pile' ? second : null),
  });
  await withDataWorker(server, { externalStorage }, { workflowsPath, activities }, async (worker) => {
    expect(await (await start(worker, workflows.relay, ['-'.repeat(LARGE), 1])).result()).toHaveLength(LARGE + 1);
    expect([first.payloads.length, second.payloads.length]).toEqual([3, 0]);
    await (await start(worker, workflows.carrier, [LARGE])).result();
    // The child's argument and memo.
    expect([first.payloads.length, second.payloads.length]).toEqual([3, 2]);
  });
});
