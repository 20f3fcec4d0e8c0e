import { afterAll, describe, expect, test } from 'bun:test';
import { Client, WorkflowFailedError } from '@temporalio/client';
import {
  ApplicationFailure,
  defineSearchAttributeKey,
  SearchAttributeType,
  TypedSearchAttributes,
} from '@temporalio/common';
import { TestWorkflowEnvironment, useTestEnvironment, workflowInterceptorModules } from '../../src/testing/index.ts';
import { WorkerRuntime } from '../../src/worker/worker.ts';

const workflowsPath = `${import.meta.dir}/../fixtures/long-workflows.ts`;
const YEAR_MS = 365 * 86_400_000;

function messageOf(call: () => unknown): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Runs a workflow on a worker of its own. */
async function run<T>(env: TestWorkflowEnvironment, workflowType: string, activities = {}): Promise<T> {
  const taskQueue = `testing-${crypto.randomUUID()}`;
  const worker = await WorkerRuntime.create({
    connection: env.nativeConnection,
    namespace: env.namespace,
    taskQueue,
    workflowsPath,
    activities,
    interceptors: { workflowModules: workflowInterceptorModules },
  });
  return worker.runUntil(() =>
    env.client.workflow.execute(workflowType, { taskQueue, workflowId: crypto.randomUUID() }),
  );
}

describe('a dev server', () => {
  const customer = defineSearchAttributeKey('Customer', SearchAttributeType.KEYWORD);
  const env = useTestEnvironment({ server: { namespace: 'of-the-test', searchAttributes: [customer] } });
  const whileTestsAreDefined = messageOf(() => env.client);

  test('is there once the tests run', () => {
    expect(whileTestsAreDefined).toBe('The test environment runs only while the tests do');
    expect(env).toBeInstanceOf(TestWorkflowEnvironment);
    expect(env.client).toBeInstanceOf(Client);
  });

  test('has the namespace and the search attributes that were asked for', async () => {
    expect(env.namespace).toBe('of-the-test');
    expect(env.client.options.namespace).toBe('of-the-test');
    const handle = await env.client.workflow.start('anything', {
      taskQueue: 'nobody',
      workflowId: crypto.randomUUID(),
      typedSearchAttributes: new TypedSearchAttributes([{ key: customer, value: 'Ada' }]),
    });
    const { typedSearchAttributes } = await handle.describe();
    expect(typedSearchAttributes.get(customer)).toBe('Ada');
  });

  describe('serves tests side by side', () => {
    test.concurrent.each(['first', 'second', 'third'])('%s', async (name) => {
      const greet = async () => `greeted by the ${name}`;
      expect(await run<string>(env, 'greets', { greet })).toBe(`greeted by the ${name}`);
    });
  });

  test('has the time of the machine', async () => {
    expect(env.supportsTimeSkipping).toBe(false);
    const before = Date.now();
    await env.sleep('20 ms');
    expect(await env.currentTimeMs()).toBeGreaterThanOrEqual(before + 20);
  });

  test('is also reached by a connection of the client library, and by another environment', async () => {
    const { namespaceInfo } = await env.connection.workflowService.describeNamespace({ namespace: 'of-the-test' });
    expect(namespaceInfo?.name).toBe('of-the-test');
    const { address } = env;
    await using other = await TestWorkflowEnvironment.createFromExistingServer({ address, namespace: 'of-the-test' });
    expect((await other.client.workflow.count()).count).toBeNumber();
  });

  test('creates and deletes Nexus endpoints', async () => {
    const endpoint = await env.createNexusEndpoint('an-endpoint', 'a-queue');
    expect(endpoint.raw.spec?.target?.worker).toMatchObject({ namespace: 'of-the-test', taskQueue: 'a-queue' });
    await env.deleteNexusEndpoint(endpoint);
    const { endpoints } = await env.nativeConnection.operatorService.listNexusEndpoints({});
    expect(endpoints).toEqual([]);
  });

  test('lets an assertion fail a workflow, with the interceptor for it', async () => {
    const error = await run<void>(env, 'asserts').catch((thrown) => thrown);
    expect(error).toBeInstanceOf(WorkflowFailedError);
    expect(error.cause).toBeInstanceOf(ApplicationFailure);
    expect(error.cause.nonRetryable).toBe(true);
    expect(error.cause.stack).toContain('long-workflows.ts:');
  });
});

describe('a server that skips time', () => {
  const env = useTestEnvironment({ timeSkipping: true });

  test('a year passes while a result is waited for', async () => {
    const before = await env.currentTimeMs();
    expect(await run<number>(env, 'sleepsAYear')).toBeGreaterThanOrEqual(YEAR_MS);
    expect(await env.currentTimeMs()).toBeGreaterThanOrEqual(before + YEAR_MS);
  });

  test('sleep skips as much as it says', async () => {
    const before = await env.currentTimeMs();
    await env.sleep('2 hours');
    expect(await env.currentTimeMs()).toBeGreaterThanOrEqual(before + 7_200_000);
  });

  test('an activity that sleeps in the server time loses against a shorter timer', async () => {
    const longRunning = async () => {
      await env.sleep('1 hour');
      return 'activity';
    };
    expect(await run<string>(env, 'raceActivityAndTimer', { longRunning })).toBe('timer');
  });

  test('an ordinary client skips nothing', async () => {
    const before = await env.currentTimeMs();
    const client = new Client({ connection: env.nativeConnection });
    const handle = await client.workflow.start('sleepsAYear', { taskQueue: 'nobody', workflowId: crypto.randomUUID() });
    await handle.terminate();
    await handle.result().catch(() => undefined);
    expect(await env.currentTimeMs()).toBeLessThan(before + YEAR_MS);
  });
});

describe('an environment', () => {
  test('of a program that is not there does not start', async () => {
    const executable = { type: 'existing-path', path: '/no/such/program' } as const;
    const local = await TestWorkflowEnvironment.createLocal({ server: { executable } }).catch((error) => error);
    expect(local.name).toBe('NativeBridgeError');
    expect(local.message).toContain('/no/such/program');
  });

  test('of a server that is not there does not connect', async () => {
    const error = await TestWorkflowEnvironment.createFromExistingServer({ address: '127.0.0.1:1' }).catch((e) => e);
    expect(error.name).toBe('TransportError');
  });
});

describe('several environments', () => {
  const opened: TestWorkflowEnvironment[] = [];
  afterAll(() => Promise.all(opened.map((env) => env.teardown())));

  test('run side by side, and can be taken down twice', async () => {
    const [one, two] = await Promise.all([
      TestWorkflowEnvironment.createLocal(),
      TestWorkflowEnvironment.createLocal(),
    ]);
    opened.push(one, two);
    expect(one.address).not.toBe(two.address);
    await one.client.workflow.start('anything', { taskQueue: 'nobody', workflowId: 'only-here' });
    const elsewhere = await two.client.workflow
      .getHandle('only-here')
      .describe()
      .catch((error) => error);
    expect(elsewhere.name).toBe('WorkflowNotFoundError');
    await one.teardown();
    await one.teardown();
    expect((await two.client.workflow.count()).count).toBe(0);
  }, 120_000);
});
