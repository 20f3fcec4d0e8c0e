import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { Client } from '@temporalio/client';
import { ActivityFailure, type DataConverter, ExternalStorage } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { NativeConnection } from '../../src/connection/index.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import type { WorkerOptions } from '../../src/worker/options/worker-options.ts';
import { WorkerRuntime } from '../../src/worker/worker.ts';
import * as activities from '../fixtures/data/bulk-activities.ts';
import * as workflows from '../fixtures/data/bulk-workflows.ts';
import { MemoryDriver } from '../fixtures/data/memory-driver.ts';
import { useDevServer } from '../support/dev-server.ts';
import { failureOf, start } from '../support/observe.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import type { ServerProxy } from '../support/server-proxy.ts';
import type { RunningWorker } from '../support/test-worker.ts';
import { fixture } from './data-worker.ts';
import { startLimitsProxy } from './limits-proxy.ts';

setDefaultTimeout(30_000);
const logger = new RecordingLogger();
Runtime.install({ logger, telemetryOptions: { logging: { forward: {}, filter: 'WARN' } } });

const BLOB = { warn: 50_000, error: 100_000 };
const MEMO = { warn: 5_000, error: 10_000 };
const server = useDevServer();
let proxy: ServerProxy;
beforeAll(async () => {
  proxy = await startLimitsProxy(server.address, { blob: BLOB.error, memo: MEMO.error });
});
afterAll(() => proxy.stop());

const { WorkflowTaskFailedCause } = temporal.api.enums.v1;
const PLACES = [
  ['result', BLOB, 'payloads'],
  ['activity', BLOB, 'payloads'],
  ['upserted memo', BLOB, 'payloads'],
  ['memo of a child', MEMO, 'memo'],
] as const;

/** Runs a worker that knows the limits, with a client that does not. */
async function withLimitedWorker<R>(
  options: Partial<WorkerOptions> & { dataConverter?: DataConverter },
  fn: (worker: RunningWorker) => Promise<R>,
): Promise<R> {
  const connection = await NativeConnection.connect({
    address: proxy.address,
    payloadLimits: { payloadsWarnSize: BLOB.warn, memoWarnSize: MEMO.warn },
  });
  const clientConnection = await NativeConnection.connect({ address: server.address });
  try {
    const worker = await WorkerRuntime.create({
      connection,
      taskQueue: `limits-${crypto.randomUUID()}`,
      workflowsPath: fixture('bulk-workflows.ts'),
      activities,
      ...options,
    });
    const client = new Client({ connection: clientConnection, dataConverter: options.dataConverter });
    return await worker.runUntil(() => fn({ worker, client, taskQueue: worker.options.taskQueue }));
  } finally {
    await connection.close();
    await clientConnection.close();
  }
}

/** How the first workflow task of a run that failed, failed. */
async function failedTask({ client }: RunningWorker, workflowId: string) {
  for (let nextPageToken: Uint8Array | undefined; ; ) {
    const page = await client.workflowService.getWorkflowExecutionHistory({
      namespace: 'default',
      execution: { workflowId },
      waitNewEvent: true,
      nextPageToken,
    });
    for (const { workflowTaskFailedEventAttributes: failed } of page.history?.events ?? []) if (failed) return failed;
    if (page.nextPageToken.length === 0) throw new Error('The workflow ended without a failed task');
    nextPageToken = page.nextPageToken;
  }
}

describe('payloads that the server would refuse', () => {
  test.each(PLACES)('fail the task, not the workflow: %s', async (place, limits, what) => {
    await withLimitedWorker({}, async (worker) => {
      const handle = await start(worker, workflows.producer, [place, limits.error + 1]);
      const failed = await failedTask(worker, handle.workflowId);
      expect(failed.failure).toMatchObject({
        message: `[TMPRL1103] Attempted to upload ${what} with size that exceeded the error limit.`,
        applicationFailureInfo: { type: 'PayloadsTooLarge' },
      });
      expect(failed.cause).toBe(WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_PAYLOADS_TOO_LARGE);
      // The task is retried: what it then sends is small enough.
      await handle.signal(workflows.end);
      expect(await handle.result()).toBe(place === 'result' ? '-' : 'done');
    });
  });

  test('fail the activity that returned them', async () => {
    await withLimitedWorker({}, async (worker) => {
      const handle = await start(worker, workflows.producer, ['activity result', BLOB.error + 1]);
      const failure = await failureOf(handle);
      expect(failure).toBeInstanceOf(ActivityFailure);
      expect(failure?.cause).toMatchObject({ type: 'PayloadsTooLarge' });
    });
  });

  test('are sent all the same if the worker is told not to look', async () => {
    await withLimitedWorker({ disablePayloadErrorLimit: true }, async (worker) => {
      const handle = await start(worker, workflows.producer, ['result', BLOB.error + 1]);
      expect(await handle.result()).toHaveLength(BLOB.error + 1);
    });
  });

  test('are none with external storage: it is the reference that counts', async () => {
    const externalStorage = new ExternalStorage({ drivers: [new MemoryDriver('memory')], payloadSizeThreshold: 1000 });
    const warnings = logger.messages('WARN').length;
    await withLimitedWorker({ dataConverter: { externalStorage } }, async (worker) => {
      for (const place of [...PLACES.map(([name]) => name), 'activity result'] as const) {
        const handle = await start(worker, workflows.producer, [place, BLOB.error + 1]);
        expect(await handle.result()).toHaveLength(place === 'result' ? BLOB.error + 1 : 4);
      }
    });
    expect(logger.messages('WARN').slice(warnings)).toEqual([]);
  });
});

test.each(PLACES)('payloads that come near to the limit are warned of: %s', async (place, limits, what) => {
  const before = logger.lines.length;
  // At its end a worker's lines have all been handed to the logger.
  await withLimitedWorker({}, async (worker) => {
    const handle = await start(worker, workflows.producer, [place, limits.warn + 1]);
    expect(await handle.result()).toHaveLength(place === 'result' ? limits.warn + 1 : 4);
  });
  const warnings = logger.lines.slice(before).filter(({ level }) => level === 'WARN');
  expect(warnings.map(({ message }) => message)).toEqual([
    `[TMPRL1103] Attempted to upload ${what} with size that exceeded the warning limit.`,
  ]);
  const [size] = warnings.map(({ meta }) => Number(meta?.size));
  expect(size).toBeGreaterThan(limits.warn);
  expect(warnings[0]?.meta).toMatchObject({ limit: limits.warn });
});
