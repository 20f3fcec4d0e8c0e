import { afterEach, describe, expect, spyOn, test } from 'bun:test';
import { WorkflowFailedError } from '@temporalio/client';
import {
  defineSearchAttributeKey,
  SearchAttributeType,
  TypedSearchAttributes,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/common';
import { Runtime } from '../../src/runtime/runtime.ts';
import { type EmbeddedServerTime, TestWorkflowEnvironment, useTestEnvironment } from '../../src/testing/index.ts';
import { WorkerRuntime } from '../../src/worker/worker.ts';
import * as activities from '../fixtures/activities.ts';
import { addName, countdown, finish, greeter, hello, namesSoFar, napper, parent } from '../fixtures/workflows.ts';

const workflowsPath = `${import.meta.dir}/../fixtures/workflows.ts`;
const DAY_MS = 86_400_000;

/** Runs `body` beside a worker. */
async function withWorker<T>(env: TestWorkflowEnvironment, body: (taskQueue: string) => Promise<T>): Promise<T> {
  const taskQueue = `embedded-${crypto.randomUUID()}`;
  const worker = await WorkerRuntime.create({
    connection: env.nativeConnection,
    namespace: env.namespace,
    taskQueue,
    workflowsPath,
    activities,
  });
  return worker.runUntil(() => body(taskQueue));
}

describe('an embedded server', () => {
  const customer = defineSearchAttributeKey('Customer', SearchAttributeType.KEYWORD);
  const env = useTestEnvironment({
    embedded: true,
    server: { namespace: 'of-the-test', searchAttributes: [customer] },
  });

  test('runs a workflow with an activity', async () => {
    const result = await withWorker(env, (taskQueue) =>
      env.client.workflow.execute(hello, { taskQueue, workflowId: 'hello', args: ['Ada'] }),
    );
    expect(result).toBe('Hello, Ada!');
    const history = await env.client.workflow.getHandle('hello').fetchHistory();
    expect(history.events?.length).toBe(11);
  });

  test('delivers signals and answers queries', async () => {
    const greetings = await withWorker(env, async (taskQueue) => {
      const handle = await env.client.workflow.start(greeter, { taskQueue, workflowId: 'greeter' });
      await handle.signal(addName, 'Ada');
      expect(await handle.query(namesSoFar)).toEqual(['Ada']);
      await handle.signal(finish);
      const result = await handle.result();
      expect(await handle.query(namesSoFar)).toEqual(['Ada']);
      return result;
    });
    expect(greetings).toEqual(['Hello, Ada of 1!']);
  });

  test('skips the time that a workflow sleeps while a client waits for it', async () => {
    const slept = await withWorker(env, (taskQueue) =>
      env.client.workflow.execute(napper, { taskQueue, workflowId: 'napper', args: [30 * DAY_MS] }),
    );
    expect(slept).toBeGreaterThanOrEqual(30 * DAY_MS);
    const before = await env.currentTimeMs();
    await env.sleep('1 day');
    const passed = (await env.currentTimeMs()) - before;
    expect(passed).toBeGreaterThanOrEqual(DAY_MS);
    expect(passed).toBeLessThan(2 * DAY_MS);
  });

  test('starts children, and runs that continue as new', async () => {
    await withWorker(env, async (taskQueue) => {
      const greetings = await env.client.workflow.execute(parent, {
        taskQueue,
        workflowId: 'parent',
        args: [['Ada', 'Bob']],
      });
      expect(greetings).toEqual(['Hello, Ada!', 'Hello, Bob!']);
      const last = await env.client.workflow.execute(countdown, { taskQueue, workflowId: 'countdown', args: [2] });
      expect(last).toEndWith('follows true');
    });
  });

  test('cancels and terminates', async () => {
    await withWorker(env, async (taskQueue) => {
      for (const end of ['cancel', 'terminate'] as const) {
        const handle = await env.client.workflow.start(greeter, { taskQueue, workflowId: `to-${end}` });
        await handle[end]();
        const failure = await handle.result().catch((error: unknown) => error);
        expect(failure).toBeInstanceOf(WorkflowFailedError);
      }
    });
    const list = env.client.workflow.list({ query: "WorkflowId STARTS_WITH 'to-'" });
    const statuses = [];
    for await (const info of list) statuses.push(info.status.name);
    expect(statuses.sort()).toEqual(['CANCELLED', 'TERMINATED']);
  });

  test('keeps search attributes, and refuses a second workflow of an id', async () => {
    const options = {
      taskQueue: 'nobody',
      workflowId: 'unique',
      args: ['Ada'] as [string],
      typedSearchAttributes: new TypedSearchAttributes([{ key: customer, value: 'Ada' }]),
    };
    const handle = await env.client.workflow.start(hello, options);
    expect((await handle.describe()).typedSearchAttributes.get(customer)).toBe('Ada');
    expect(await env.client.workflow.count("Customer = 'Ada'")).toMatchObject({ count: 1 });
    const again = await env.client.workflow.start(hello, options).catch((error: unknown) => error);
    expect(again).toBeInstanceOf(WorkflowExecutionAlreadyStartedError);
    await handle.terminate();
  });

  test('has no address', () => {
    expect(() => env.connection).toThrow('use nativeConnection');
    expect(env.address).toBe('embedded');
  });

  test('names a call that it does not serve', async () => {
    const call = env.client.workflowService.createWorkflowRule({ namespace: env.namespace });
    await expect(call).rejects.toThrow(
      'does not serve temporal.api.workflowservice.v1.WorkflowService/CreateWorkflowRule',
    );
  });
});

describe('several embedded servers', () => {
  let environments: TestWorkflowEnvironment[] = [];
  afterEach(async () => {
    for (const env of environments) await env.teardown();
    environments = [];
  });

  async function create(time?: EmbeddedServerTime): Promise<TestWorkflowEnvironment> {
    const env = await TestWorkflowEnvironment.createEmbedded({ server: { time } });
    environments.push(env);
    return env;
  }

  test('know nothing of each other', async () => {
    const [one, other] = [await create(), await create()];
    await one.client.workflow.start('anything', { taskQueue: 'nobody', workflowId: 'w' });
    expect(await one.client.workflow.count()).toMatchObject({ count: 1 });
    expect(await other.client.workflow.count()).toMatchObject({ count: 0 });
  });

  test('go on with real time, or skip it unasked', async () => {
    const real = await create('real');
    expect(real.supportsTimeSkipping).toBe(false);
    const unlocked = await create('unlocked');
    const slept = await withWorker(unlocked, (taskQueue) =>
      unlocked.client.workflow.execute(napper, { taskQueue, workflowId: 'napper', args: [DAY_MS] }),
    );
    expect(slept).toBeGreaterThanOrEqual(DAY_MS);
  });
});

describe('a server that skips time and cannot be downloaded', () => {
  // Keeps the runtime, and with it the logger, from ending between the two attempts.
  useTestEnvironment({ embedded: true });
  const executable = { type: 'cached-download', version: 'no-such-version' } as const;

  test('is an embedded one, which is said', async () => {
    const warned = spyOn(Runtime.instance().logger, 'warn');
    await using env = await TestWorkflowEnvironment.createTimeSkipping({
      server: { executable },
      client: { identity: 'the-tester' },
    });
    expect(warned.mock.calls.map(([message]) => message)).toEqual([
      'There is no temporal-test-server, and it cannot be downloaded: using the embedded server in its place',
    ]);
    warned.mockRestore();
    expect(env.address).toBe('embedded');
    expect(env.client.options.identity).toBe('the-tester');
    const slept = await withWorker(env, (taskQueue) =>
      env.client.workflow.execute(napper, { taskQueue, workflowId: 'napper', args: [DAY_MS] }),
    );
    expect(slept).toBeGreaterThanOrEqual(DAY_MS);
  });

  test('is none where it would have to listen', async () => {
    const start = TestWorkflowEnvironment.createTimeSkipping({ server: { executable, port: 1 } });
    await expect(start).rejects.toMatchObject({ code: 'server_failed', details: { reason: 'download' } });
  });
});
