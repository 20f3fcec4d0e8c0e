import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { heartbeat } from '@temporalio/activity';
import type { WorkerStatus } from '../../src/worker/lifecycle/state.ts';
import type { WorkerOptions } from '../../src/worker/options/worker-options.ts';
import type { WorkerRuntime } from '../../src/worker/worker.ts';
import { withJobs } from '../fixtures/nexus/nexus-worker.ts';
import * as workflows from '../fixtures/tuning-workflows.ts';
import { startQuick } from '../nexus/calls.ts';
import { start } from '../support/observe.ts';
import { useServer } from '../support/test-server.ts';
import { type RunningWorker, withWorker } from '../support/test-worker.ts';
import { Crowd } from './crowd.ts';

setDefaultTimeout(60_000);
const server = useServer();
const workflowsPath = `${import.meta.dir}/../fixtures/tuning-workflows.ts`;

function onWorker<R>(options: Partial<WorkerOptions>, fn: (worker: RunningWorker) => Promise<R>): Promise<R> {
  return withWorker(server, { workflowsPath, ...options }, fn);
}

/** A worker that runs and has nothing to do. */
const idle: WorkerStatus = {
  runState: 'RUNNING',
  phases: ['PollingWorkflow', 'PollingActivity'],
  workflowPollerState: 'POLLING',
  activityPollerState: 'POLLING',
  nexusPollerState: 'SHUTDOWN',
  hasOutstandingWorkflowPoll: true,
  hasOutstandingActivityPoll: true,
  hasOutstandingNexusPoll: false,
  numInFlightWorkflowActivations: 0,
  numInFlightActivities: 0,
  numInFlightNonLocalActivities: 0,
  numInFlightLocalActivities: 0,
  numInFlightNexusOperations: 0,
  numCachedWorkflows: 0,
  numHeartbeatingActivities: 0,
};

describe('the status of a worker', () => {
  test.each([false, true])(
    'counts workflow activations while they are under way (debugMode: %p)',
    async (debugMode) => {
      let during: WorkerStatus | undefined;
      let worker: WorkerRuntime | undefined;
      const patchActivationCallback = () => {
        during = worker?.getStatus();
        return true;
      };
      await onWorker({ patchActivationCallback, debugMode }, async (running) => {
        worker = running.worker;
        expect(worker.getStatus()).toEqual(idle);
        await (await start(running, workflows.asks, [])).result();
      });
      expect(during).toEqual({
        ...idle,
        phases: ['ExecutingWorkflow', 'PollingActivity'],
        numInFlightWorkflowActivations: 1,
      });
    },
  );

  test('counts activities, and those that have sent a heartbeat', async () => {
    const crowd = new Crowd();
    let beats = 0;
    const work = () => {
      if (beats++ < 2) heartbeat();
      return crowd.join();
    };
    await onWorker({ activities: { work } }, async (running) => {
      const handle = await start(running, workflows.manyActivities, [5]);
      await crowd.reaches(5);
      expect(running.worker.getStatus()).toEqual({
        ...idle,
        phases: [expect.stringMatching(/^(Polling|Executing)Workflow$/) as never, 'ExecutingActivity'],
        numInFlightWorkflowActivations: expect.any(Number) as never,
        numInFlightActivities: 5,
        numInFlightNonLocalActivities: 5,
        numHeartbeatingActivities: 2,
        numCachedWorkflows: 1,
      });
      crowd.letGo();
      await handle.result();
      expect(running.worker.getStatus()).toMatchObject({ numInFlightActivities: 0, numHeartbeatingActivities: 0 });
    });
  });

  test('counts local activities', async () => {
    const crowd = new Crowd();
    await onWorker({ activities: { work: crowd.join }, enableNonLocalActivities: false }, async (running) => {
      const handle = await start(running, workflows.manyLocalActivities, [4]);
      await crowd.reaches(4);
      expect(running.worker.getStatus()).toMatchObject({
        activityPollerState: 'POLLING',
        numInFlightActivities: 4,
        numInFlightNonLocalActivities: 0,
        numInFlightLocalActivities: 4,
        numHeartbeatingActivities: 0,
        numCachedWorkflows: 1,
      });
      crowd.letGo();
      await handle.result();
      expect(running.worker.getStatus()).toMatchObject({ numInFlightActivities: 0, numInFlightLocalActivities: 0 });
    });
  });

  test('counts requests for Nexus operations', async () => {
    const crowd = new Crowd();
    const quick = async () => {
      await crowd.join();
      return 'done';
    };
    await withJobs(server, { quick }, { activities: undefined }, async (jobs) => {
      expect(jobs.worker.getStatus()).toEqual({
        ...idle,
        phases: ['PollingWorkflow', 'PollingNexus'],
        activityPollerState: 'SHUTDOWN',
        nexusPollerState: 'POLLING',
        hasOutstandingActivityPoll: false,
        hasOutstandingNexusPoll: true,
      });
      const calls = await Promise.all([startQuick(jobs, 'a'), startQuick(jobs, 'b')]);
      await crowd.reaches(2);
      expect(jobs.worker.getStatus()).toMatchObject({ numInFlightNexusOperations: 2, numCachedWorkflows: 2 });
      expect(jobs.worker.getStatus().phases).toContain('ExecutingNexus');
      crowd.letGo();
      await Promise.all(calls.map((call) => call.result()));
      expect(jobs.worker.getStatus().numInFlightNexusOperations).toBe(0);
    });
  });

  test('counts the runs in memory', async () => {
    await onWorker({}, async (running) => {
      const handles = await Promise.all([1, 2, 3].map(() => start(running, workflows.sleeper, [2])));
      for (const handle of handles) await handle.executeUpdate(workflows.wakeUp);
      expect(running.worker.getStatus().numCachedWorkflows).toBe(3);
      for (const handle of handles) await handle.executeUpdate(workflows.wakeUp);
      await Promise.all(handles.map((handle) => handle.result()));
    });
  });

  test('tells how a shutdown goes on', async () => {
    const crowd = new Crowd();
    let worker: WorkerRuntime | undefined;
    await onWorker({ activities: { work: crowd.join } }, async (running) => {
      worker = running.worker;
      await start(running, workflows.manyActivities, [1]);
      await crowd.reaches(1);
      worker.shutdown();
      expect(worker.getState()).toBe('DRAINING');
      expect(worker.getStatus()).toMatchObject({
        runState: 'DRAINING',
        phases: ['ShuttingDown'],
        hasOutstandingWorkflowPoll: false,
        hasOutstandingActivityPoll: false,
        activityPollerState: 'POLLING',
        numInFlightActivities: 1,
      });
      crowd.letGo();
    });
    expect(worker?.getStatus()).toEqual({
      ...idle,
      runState: 'STOPPED',
      phases: ['Finalizing'],
      workflowPollerState: 'SHUTDOWN',
      activityPollerState: 'SHUTDOWN',
      hasOutstandingWorkflowPoll: false,
      hasOutstandingActivityPoll: false,
    });
  });
});
