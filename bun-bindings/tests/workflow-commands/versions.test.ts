import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { ApplicationFailure, type VersioningBehavior, type WorkerDeploymentVersion } from '@temporalio/common';
import { decodeVersioningBehavior } from '@temporalio/common/lib/worker-deployments';
import type { WorkerOptions } from '../../src/worker/options/worker-options.ts';
import * as activities from '../fixtures/commands/activities.ts';
import * as deployed from '../fixtures/commands/versions/deployed.ts';
import { goOn, halfWay } from '../fixtures/commands/versions/steps.ts';
import { attributesOf, failureOf, start, untilEvent } from '../support/observe.ts';
import { useServer } from '../support/test-server.ts';
import { type RunningWorker, withWorker } from '../support/test-worker.ts';

setDefaultTimeout(60_000);
const server = useServer();
const fixtures = `${import.meta.dir}/../fixtures/commands/versions`;

/** Codes of gRPC. */
const NOT_FOUND = 5;
const FAILED_PRECONDITION = 9;

describe.each([
  ['with a cache', {}],
  ['without a cache', { maxCachedWorkflows: 0 }],
])('%s', (_name, options) => {
  type Version = 'original' | 'patched' | 'deprecated' | 'final';
  type Handle = WorkflowHandleWithFirstExecutionRunId<() => Promise<string>>;

  /** Runs a worker with one version of the code. */
  function onVersion<R>(
    version: Version,
    taskQueue: string,
    fn: (worker: RunningWorker) => Promise<R>,
    more: Partial<WorkerOptions> = {},
  ): Promise<R> {
    const workflowsPath = `${fixtures}/${version}.ts`;
    return withWorker(server, { taskQueue, workflowsPath, activities, ...options, ...more }, fn);
  }

  /** Starts a workflow with one version of the code, and stops half way. */
  function beginOn(version: Version, taskQueue: string): Promise<Handle> {
    return onVersion(version, taskQueue, async (worker) => {
      const handle = await start(worker, 'evolves', []);
      await handle.executeUpdate(halfWay);
      return handle as Handle;
    });
  }

  describe('a workflow goes on with newer code', () => {
    test.each([
      ['original', 'original', 'old, rest', 0],
      ['original', 'patched', 'old, rest', 0],
      ['patched', 'patched', 'new after another, rest', 1],
      ['patched', 'deprecated', 'new after another, rest', 1],
      ['deprecated', 'deprecated', 'new after another, rest', 1],
      ['deprecated', 'patched', 'new after another, rest', 1],
      ['deprecated', 'final', 'new after another, rest', 1],
      ['final', 'final', 'new after another, rest', 0],
    ] as const)('from %s to %s', async (from, to, expected, markers) => {
      const taskQueue = `versions-${crypto.randomUUID()}`;
      const { workflowId } = await beginOn(from, taskQueue);
      await onVersion(to, taskQueue, async ({ client }) => {
        const handle = client.workflow.getHandle<() => Promise<string>>(workflowId);
        await handle.signal(goOn);
        expect(await handle.result()).toBe(expected);
        expect(await attributesOf(handle, 'workflowTaskFailedEventAttributes')).toEqual([]);
        const recorded = await attributesOf(handle, 'markerRecordedEventAttributes');
        expect(recorded.map(({ markerName }) => markerName)).toEqual(Array(markers).fill('core_patch'));
      });
    });
  });

  describe('a workflow that goes on with code that does not fit', () => {
    test.each([
      ['original', 'final'],
      ['original', 'deprecated'],
      ['patched', 'original'],
      ['patched', 'final'],
    ] as const)('fails its task: from %s to %s', async (from, to) => {
      const taskQueue = `versions-${crypto.randomUUID()}`;
      const begun = await beginOn(from, taskQueue);
      await onVersion(to, taskQueue, async ({ client }) => {
        await client.workflow.getHandle(begun.workflowId).signal(goOn);
        const failed = await untilEvent(client, begun, 'workflowTaskFailedEventAttributes');
        expect(failed.failure?.message).toContain('Nondeterminism');
        expect((await client.workflow.getHandle(begun.workflowId).describe()).status.name).toBe('RUNNING');
      });
    });

    test('fails if the worker lists NondeterminismError', async () => {
      const taskQueue = `versions-${crypto.randomUUID()}`;
      const { workflowId } = await beginOn('original', taskQueue);
      const listed: Partial<WorkerOptions> = {
        workflowFailureErrorTypes: { '*': [], evolves: ['NondeterminismError'] },
      };
      await onVersion(
        'final',
        taskQueue,
        async ({ client }) => {
          const handle = client.workflow.getHandle(workflowId);
          await handle.signal(goOn);
          const failure = await failureOf(handle);
          expect(failure).toBeInstanceOf(ApplicationFailure);
          expect(failure?.message).toContain('Nondeterminism');
        },
        listed,
      );
    });
  });
});

describe('with worker versioning', () => {
  /** Runs a worker of a version, while `fn` does. */
  function onDeployment<R>(
    version: WorkerDeploymentVersion,
    taskQueue: string,
    defaultVersioningBehavior: VersioningBehavior = 'AUTO_UPGRADE',
    fn: (worker: RunningWorker) => Promise<R>,
  ): Promise<R> {
    const workflowsPath = `${fixtures}/deployed.ts`;
    const workerDeploymentOptions = { version, useWorkerVersioning: true, defaultVersioningBehavior } as const;
    return withWorker(server, { taskQueue, workflowsPath, workerDeploymentOptions }, fn);
  }

  /** Makes a version the one that new workflows start on; tries again until the server knows a worker of it. */
  async function makeCurrent(worker: RunningWorker, version: WorkerDeploymentVersion): Promise<void> {
    try {
      const { workflowService } = worker.client;
      await workflowService.setWorkerDeploymentCurrentVersion({ namespace: 'default', ...version });
    } catch (error) {
      const { code } = error as { code: number };
      if (code !== NOT_FOUND && code !== FAILED_PRECONDITION) throw error;
      await makeCurrent(worker, version);
    }
  }

  test.each([
    ['staysWhereItIs', 'PINNED'],
    ['movesOn', 'AUTO_UPGRADE'],
    ['doesAsTheWorkerSays', 'PINNED'],
    ['doesAsTheWorkerSays', 'AUTO_UPGRADE'],
    ['pinned dynamically', 'PINNED'],
    ['dynamic', 'AUTO_UPGRADE'],
  ] as const)('%s: %s', async (type, behavior) => {
    const taskQueue = `deployed-${crypto.randomUUID()}`;
    const deploymentName = `deployment-${crypto.randomUUID()}`;
    const first = { deploymentName, buildId: '1.0' };
    const second = { deploymentName, buildId: '2.0' };
    const inBoth = type === 'doesAsTheWorkerSays' ? behavior : undefined;
    await onDeployment(first, taskQueue, inBoth, async (older) => {
      await makeCurrent(older, first);
      const handle = await start(older, type as 'movesOn', []);
      expect(await handle.executeUpdate(deployed.build)).toBe('1.0');
      await onDeployment(second, taskQueue, inBoth, async (newer) => {
        await makeCurrent(newer, second);
        // A new workflow starts on the new version: by then all of the server knows of it.
        const other = await start(newer, type as 'movesOn', []);
        expect(await other.executeUpdate(deployed.build)).toBe('2.0');
        expect(await handle.executeUpdate(deployed.build)).toBe(behavior === 'PINNED' ? '1.0' : '2.0');
        for (const each of [handle, other]) await each.signal(deployed.finish);
        expect(await other.result()).toEqual(['2.0', '2.0']);
        expect(await handle.result()).toEqual(['1.0', '1.0', behavior === 'PINNED' ? '1.0' : '2.0']);
      });
      const tasks = await attributesOf(handle, 'workflowTaskCompletedEventAttributes');
      const behaviors = new Set(tasks.map((task) => decodeVersioningBehavior(task.versioningBehavior)));
      expect([...behaviors]).toEqual([behavior]);
    });
  });
});
