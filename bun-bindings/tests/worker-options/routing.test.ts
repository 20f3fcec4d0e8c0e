import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { activityInfo, getClient } from '@temporalio/activity';
import { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { NativeConnection } from '../../src/connection/index.ts';
import { IllegalStateError } from '../../src/errors.ts';
import type { WorkerOptions } from '../../src/worker/options/worker-options.ts';
import { WorkerRuntime } from '../../src/worker/worker.ts';
import * as workflows from '../fixtures/tuning-workflows.ts';
import { useClient } from '../support/client.ts';
import { useDevServer } from '../support/dev-server.ts';
import { attributesOf, rejectionOf, start, untilEvent } from '../support/observe.ts';
import { fixtureOptions, type RunningWorker, withWorker } from '../support/test-worker.ts';

setDefaultTimeout(60_000);
const { TaskQueueType, WorkerVersioningMode } = temporal.api.enums.v1;
const server = useDevServer({
  extraArgs: [
    '--namespace',
    'second',
    '--dynamic-config-value',
    'frontend.workerVersioningDataAPIs=true',
    '--dynamic-config-value',
    'frontend.workerVersioningWorkflowAPIs=true',
  ],
});
const open = useClient(server);
const workflowsPath = `${import.meta.dir}/../fixtures/tuning-workflows.ts`;

const work = async () => {};

function onWorker<R>(options: Partial<WorkerOptions>, fn: (worker: RunningWorker) => Promise<R>): Promise<R> {
  return withWorker(server, { workflowsPath, activities: { work }, ...options }, fn);
}

/** Who polls for tasks of a kind, as the server has it. */
async function pollersOf({ client, taskQueue }: RunningWorker, taskQueueType: temporal.api.enums.v1.TaskQueueType) {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: 'default',
    taskQueue: { name: taskQueue },
    taskQueueType,
  });
  return pollers;
}

test('identity names the worker in histories and among the pollers', async () => {
  await onWorker({ identity: 'worker number nine' }, async (worker) => {
    const handle = await start(worker, workflows.manyActivities, [1]);
    await handle.result();
    const identities = [
      ...(await attributesOf(handle, 'workflowTaskStartedEventAttributes')),
      ...(await attributesOf(handle, 'workflowTaskCompletedEventAttributes')),
      ...(await attributesOf(handle, 'activityTaskStartedEventAttributes')),
      ...(await attributesOf(handle, 'activityTaskCompletedEventAttributes')),
    ].map(({ identity }) => identity);
    expect(identities).toEqual(Array(6).fill('worker number nine'));
    for (const type of [TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY]) {
      const pollers = await pollersOf(worker, type);
      expect(new Set(pollers.map(({ identity }) => identity))).toEqual(new Set(['worker number nine']));
    }
  });
});

describe('the build id', () => {
  /** Runs a workflow, and gives the version in its history, and that of the polls. */
  const versionsWith = (options: Partial<WorkerOptions>) =>
    onWorker(options, async (worker) => {
      const handle = await start(worker, workflows.nothing, []);
      await handle.result();
      const [task] = await attributesOf(handle, 'workflowTaskCompletedEventAttributes');
      const [poller] = await pollersOf(worker, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW);
      return {
        workerVersion: task?.workerVersion,
        deployment: poller?.deploymentOptions,
        options: worker.worker.options,
      };
    });

  test('is the one that buildId says', async () => {
    const { workerVersion } = await versionsWith({ buildId: '1.2.3' });
    expect(workerVersion).toMatchObject({ buildId: '1.2.3', useVersioning: false });
  });

  test("is that of the workflows' code by default", async () => {
    const { workerVersion, options } = await versionsWith({});
    expect(workerVersion?.buildId).toMatch(/^temporal-bun-sdk@.+\+[0-9a-f]{64}$/);
    expect(options.buildId).toBe(workerVersion?.buildId as string);
  });

  test('comes with the name of a deployment, also where tasks are not routed by version', async () => {
    const version = { deploymentName: 'shop', buildId: '7' };
    const options = { workerDeploymentOptions: { version, useWorkerVersioning: false } } as const;
    expect((await versionsWith(options)).deployment).toMatchObject({
      ...version,
      workerVersioningMode: WorkerVersioningMode.WORKER_VERSIONING_MODE_UNVERSIONED,
    });
  });
});

test('useVersioning: a worker takes tasks only for its build id', async () => {
  const taskQueue = `versioned-${crypto.randomUUID()}`;
  const versioned = (buildId: string) => ({ taskQueue, buildId, useVersioning: true });
  const announce = (buildId: string) =>
    open.client.taskQueue.updateBuildIdCompatibility(taskQueue, { operation: 'addNewIdInNewDefaultSet', buildId });
  await announce('1.0');
  await onWorker(versioned('1.0'), async (first) => {
    const older = await start(first, workflows.sleeper, []);
    await untilEvent(first.client, older, 'workflowTaskCompletedEventAttributes');
    await announce('2.0');
    await onWorker(versioned('2.0'), async (second) => {
      const newer = await start(second, workflows.sleeper, []);
      for (const [handle, buildId] of [
        [older, '1.0'],
        [newer, '2.0'],
      ] as const) {
        await handle.executeUpdate(workflows.wakeUp);
        await handle.result();
        const tasks = await attributesOf(handle, 'workflowTaskCompletedEventAttributes');
        for (const { workerVersion } of tasks) expect(workerVersion).toMatchObject({ buildId, useVersioning: true });
      }
    });
  });
});

describe('workers that share a process and a connection', () => {
  /** Runs workers with these options side by side, while `fn` does. */
  async function sideBySide(options: Partial<WorkerOptions>[], fn: (workers: WorkerRuntime[]) => Promise<unknown>) {
    const connection = await NativeConnection.connect({ address: server.address });
    try {
      const workers = await Promise.all(
        options.map((each) => WorkerRuntime.create({ ...fixtureOptions(), workflowsPath, ...each, connection })),
      );
      const runs = workers.map((worker) => worker.run());
      try {
        await fn(workers);
      } finally {
        for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
        await Promise.all(runs);
      }
    } finally {
      await connection.close();
    }
  }

  test('and a task queue, must be for tasks of different kinds', async () => {
    const taskQueue = `split-${crypto.randomUUID()}`;
    const options = [
      { taskQueue, activities: undefined },
      { taskQueue, activities: { work: async () => 'done' }, workflowsPath: undefined },
    ];
    await sideBySide(options, async ([workflowWorker]) => {
      const handle = await start({ client: open.client, taskQueue }, workflows.manyActivities, [2]);
      expect(await handle.result()).toEqual(['done', 'done']);
      const { connection } = workflowWorker as WorkerRuntime;
      for (const each of options) {
        const another = WorkerRuntime.create({ ...fixtureOptions(), workflowsPath, ...each, connection });
        expect((await rejectionOf(another)).message).toContain('multiple workers with overlapping worker task types');
      }
    });
    // Now there are none in the way.
    await sideBySide(options, async () => {});
  });

  test('on task queues of their own, take their own tasks only', async () => {
    const options = ['a', 'b', 'c'].map((name) => ({ activities: { work: async () => name } }));
    await sideBySide(options, async (workers) => {
      const results = await Promise.all(
        workers.map(async ({ options: { taskQueue } }) => {
          const handle = await start({ client: open.client, taskQueue }, workflows.manyActivities, [3]);
          return (await handle.result()).join('');
        }),
      );
      expect(results).toEqual(['aaa', 'bbb', 'ccc']);
    });
  });

  test('in namespaces of their own, take the tasks of theirs, although their task queues have the same name', async () => {
    const taskQueue = `twice-${crypto.randomUUID()}`;
    const activities = { work: async () => `${activityInfo().workflowNamespace}/${getClient().options.namespace}` };
    const options = ['default', 'second'].map((namespace) => ({ namespace, taskQueue, activities }));
    await sideBySide(options, async () => {
      for (const namespace of ['default', 'second']) {
        const worker = { client: new Client({ connection: open.connection, namespace }), taskQueue };
        expect(await (await start(worker, workflows.place, [])).result()).toBe(`${namespace}/${taskQueue}`);
        const handle = await start(worker, workflows.manyActivities, [1]);
        expect(await handle.result()).toEqual([`${namespace}/${namespace}`]);
      }
    });
  });

  test('hold the connection until the last one has stopped', async () => {
    await sideBySide([{}, {}], async ([one, two]) => {
      const connection = one?.connection as NativeConnection;
      expect(two?.connection).toBe(connection);
      expect(await rejectionOf(connection.close())).toBeInstanceOf(IllegalStateError);
      one?.shutdown();
      expect(await rejectionOf(connection.close())).toBeInstanceOf(IllegalStateError);
    });
  });
});

test('workers of two connections share a task queue; when one stops, the other goes on', async () => {
  const taskQueue = `shared-${crypto.randomUUID()}`;
  const worker = { client: open.client, taskQueue };
  const meet = meetingOf(2);
  const workerNamed = (name: string) => ({
    taskQueue,
    activities: { work: () => meet().then(() => name) },
    maxConcurrentActivityTaskExecutions: 1,
    stickyQueueScheduleToStartTimeout: '100ms',
  });
  await onWorker(workerNamed('one'), async () => {
    await onWorker(workerNamed('two'), async () => {
      const handle = await start(worker, workflows.manyActivities, [2]);
      expect((await handle.result()).toSorted()).toEqual(['one', 'two']);
    });
    const handle = await start(worker, workflows.manyActivities, [3]);
    expect(await handle.result()).toEqual(['one', 'one', 'one']);
  });
});

/** Something to wait for until it was called so many times. */
function meetingOf(size: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let there = 0;
  return () => {
    if (++there === size) resolve();
    return promise;
  };
}
