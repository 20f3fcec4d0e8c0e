import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { activityInfo, CompleteAsyncError, Context, heartbeat, type Info } from '@temporalio/activity';
import {
  ActivityExecutionAlreadyStartedError,
  ActivityExecutionFailedError,
  Client,
  isGrpcServiceError,
} from '@temporalio/client';
import {
  ApplicationFailure,
  CancelledFailure,
  type DataConverter,
  type Payload,
  type SerializationContext,
  TerminatedFailure,
} from '@temporalio/common';
import { NativeConnection } from '../../src/connection/index.ts';
import { TestWorkflowEnvironment } from '../../src/testing/test-workflow-environment.ts';
import { WorkerRuntime } from '../../src/worker/worker.ts';
import { useDevServer } from '../support/dev-server.ts';
import { rejectionOf } from '../support/observe.ts';

setDefaultTimeout(60_000);
/** A server that does not know such activities. The embedded one does. */
const devServer = useDevServer();
let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await TestWorkflowEnvironment.createEmbedded({ server: { time: 'real' } });
});
afterAll(() => env.teardown());

/** Runs a worker that has nothing but the activity `run`, while `fn` does. */
async function withActivity<R>(
  run: (...args: never[]) => unknown,
  fn: (client: Client, taskQueue: string) => Promise<R>,
  dataConverter: DataConverter = {},
): Promise<R> {
  const connection = env.nativeConnection;
  const worker = await WorkerRuntime.create({
    connection,
    taskQueue: `standalone-${crypto.randomUUID()}`,
    activities: { run },
    dataConverter,
    maxHeartbeatThrottleInterval: 20,
    defaultHeartbeatThrottleInterval: 20,
  });
  const client = new Client({ connection, dataConverter });
  return worker.runUntil(() => fn(client, worker.options.taskQueue));
}

const timeouts = { startToCloseTimeout: '1 minute' } as const;

test('an activity without a workflow gets its arguments and gives its result', async () => {
  const infos: Info[] = [];
  const run = async (a: number, b: { c: string }) => {
    infos.push(activityInfo());
    return { a, ...b };
  };
  await withActivity(run, async (client, taskQueue) => {
    const priority = { priorityKey: 2 };
    const handle = await client.activity.start('run', {
      id: 'alone',
      taskQueue,
      args: [1, { c: 'x' }],
      ...timeouts,
      priority,
    });
    expect(await handle.result()).toEqual({ a: 1, c: 'x' });
    expect(infos).toMatchObject([
      {
        inWorkflow: false,
        isLocal: false,
        activityId: 'alone',
        activityRunId: handle.runId,
        activityType: 'run',
        namespace: 'default',
        activityNamespace: 'default',
        attempt: 1,
        taskQueue,
        startToCloseTimeoutMs: 60_000,
        priority,
        workflowExecution: undefined,
        workflowType: undefined,
        workflowNamespace: undefined,
      },
    ]);
  });
});

test('a failure is tried again, with the details of the last heartbeat', async () => {
  const run = async () => {
    const { attempt, heartbeatDetails } = activityInfo();
    heartbeat({ at: attempt });
    if (attempt === 1) throw new Error('once more');
    return { attempt, heartbeatDetails };
  };
  const result = await withActivity(run, (client, taskQueue) =>
    client.activity.execute('run', { id: crypto.randomUUID(), taskQueue, ...timeouts }),
  );
  expect(result).toEqual({ attempt: 2, heartbeatDetails: { at: 1 } });
});

test('a failure for good reaches the client', async () => {
  const run = async () => {
    throw ApplicationFailure.nonRetryable('for good', 'Final', 1);
  };
  const error = await withActivity(run, (client, taskQueue) =>
    rejectionOf(client.activity.execute('run', { id: crypto.randomUUID(), taskQueue, ...timeouts })),
  );
  expect(error).toBeInstanceOf(ActivityExecutionFailedError);
  expect(error.cause).toMatchObject({ type: 'Final', message: 'for good', details: [1] });
});

test('a cancellation reaches the activity, and its confirmation the client', async () => {
  const started = Promise.withResolvers<void>();
  let requested: boolean | undefined;
  const run = async () => {
    const beat = setInterval(heartbeat, 10);
    started.resolve();
    const { cancelled } = Context.current();
    try {
      return await cancelled;
    } finally {
      requested = Context.current().cancellationDetails?.cancelRequested;
      clearInterval(beat);
    }
  };
  const error = await withActivity(run, async (client, taskQueue) => {
    const handle = await client.activity.start('run', { id: crypto.randomUUID(), taskQueue, ...timeouts });
    await started.promise;
    await handle.cancel('enough');
    return rejectionOf(handle.result());
  });
  expect(requested).toBe(true);
  expect(error.cause).toBeInstanceOf(CancelledFailure);
});

test('it may be completed from elsewhere', async () => {
  const token = Promise.withResolvers<Uint8Array>();
  const run = async () => {
    token.resolve(activityInfo().taskToken);
    throw new CompleteAsyncError();
  };
  const result = await withActivity(run, async (client, taskQueue) => {
    const handle = await client.activity.start('run', { id: crypto.randomUUID(), taskQueue, ...timeouts });
    await client.activity.complete(await token.promise, 'from elsewhere');
    return handle.result();
  });
  expect(result).toBe('from elsewhere');
});

test('its data is encoded for the activity alone', async () => {
  const contexts: (SerializationContext | undefined)[] = [];
  const note = async (payloads: Payload[], context?: SerializationContext) => {
    if (payloads.length > 0) contexts.push(context);
    return payloads;
  };
  const dataConverter = { payloadCodecs: [{ encode: note, decode: note }] };
  const run = async (text: string) => text;
  const id = crypto.randomUUID();
  const result = await withActivity(
    run,
    (client, taskQueue) => client.activity.execute('run', { id, taskQueue, args: ['text'], ...timeouts }),
    dataConverter,
  );
  expect(result).toBe('text');
  // Arguments out and in, result out and in.
  expect(contexts).toStrictEqual(
    Array(4).fill({ type: 'activity', namespace: 'default', activityId: id, isLocal: false }),
  );
});

test('a client ends, lists and describes activities, and starts one of an id again', async () => {
  const run = async () => 'done';
  await withActivity(run, async (client, taskQueue) => {
    // No worker polls this queue.
    const waiting = { id: 'waiting', taskQueue: `${taskQueue}-idle`, ...timeouts };
    const first = await client.activity.start('run', waiting);
    const taken = await rejectionOf(client.activity.start('run', waiting));
    expect(taken).toBeInstanceOf(ActivityExecutionAlreadyStartedError);
    const existing = await client.activity.start('run', { ...waiting, idConflictPolicy: 'USE_EXISTING' });
    expect(existing.runId).toBe(first.runId);
    expect(await first.describe()).toMatchObject({ activityId: 'waiting', status: 'RUNNING', runState: 'SCHEDULED' });

    await first.terminate('enough');
    const ended = await rejectionOf(first.result());
    expect(ended.cause).toBeInstanceOf(TerminatedFailure);
    const again = await client.activity.start('run', { ...waiting, idReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY' });
    expect(again.runId).not.toBe(first.runId);
    await again.cancel('enough');
    expect((await rejectionOf(again.result())).cause).toBeInstanceOf(CancelledFailure);

    expect(await client.activity.execute('run', { id: 'quick', taskQueue, ...timeouts })).toBe('done');
    const listed = await Array.fromAsync(client.activity.list("ActivityId = 'waiting'"));
    expect(listed.map(({ status }) => status).sort()).toEqual(['CANCELED', 'TERMINATED']);
    expect(await client.activity.count(`TaskQueue = '${taskQueue}'`)).toMatchObject({ count: 1 });
  });
});

test('a server that does not know such activities says so', async () => {
  const connection = await NativeConnection.connect({ address: devServer.address });
  const { activity } = new Client({ connection });
  const error = await rejectionOf(activity.start('run', { id: 'a', taskQueue: 'nobody', ...timeouts }));
  expect(isGrpcServiceError(error.cause ?? error)).toBe(true);
  expect(String(error.cause ?? error)).toContain('UNIMPLEMENTED');
  await connection.close();
});
