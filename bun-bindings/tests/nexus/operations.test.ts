import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { TemporalOperationHandler } from '@temporalio/nexus';
import { coresdk } from '@temporalio/proto';
import { NexusOperationCancellationType } from '@temporalio/workflow';
import { WorkerRuntime } from '../../src/worker/worker.ts';
import { withJobs } from '../fixtures/nexus/nexus-worker.ts';
import type { Job } from '../fixtures/nexus/service.ts';
import * as workflows from '../fixtures/nexus/workflows.ts';
import { useDevServer } from '../support/dev-server.ts';
import { type Command, IsolateDriver, payloadValue } from '../support/isolate-driver.ts';
import { callerOptions, callQuick, eventsOf, linkedWorkflows } from './calls.ts';

setDefaultTimeout(30_000);
const workflowsPath = `${import.meta.dir}/../fixtures/nexus/workflows.ts`;
const server = useDevServer();

describe.each([
  ['with cached workflows', {}],
  ['with the cache off', { maxCachedWorkflows: 0 }],
])('%s', (_, options) => {
  test('an operation that is answered at once', async () => {
    await withJobs(server, {}, options, async (running) => {
      expect(await callQuick(running, 'quick')).toBe('quick!');
    });
  });

  test('an operation that a workflow does, linked with its caller both ways', async () => {
    await withJobs(server, {}, options, async (running) => {
      const { client, endpoint } = running;
      const id = crypto.randomUUID();
      const caller = await client.workflow.start(workflows.callLong, {
        ...callerOptions(running),
        args: [endpoint, { id }],
      });
      expect(await caller.result()).toEqual({
        service: 'jobs',
        operation: 'long',
        token: expect.any(String),
        result: `${id} done`,
      });
      const [startedJob] = await eventsOf(client, id);
      const { completionCallbacks } = startedJob?.workflowExecutionStartedEventAttributes ?? {};
      expect(linkedWorkflows(completionCallbacks?.[0]?.links)).toEqual([caller.workflowId]);
      const startedOperation = (await eventsOf(client, caller.workflowId)).find(
        (event) => event.nexusOperationStartedEventAttributes,
      );
      expect(linkedWorkflows(startedOperation?.links)).toEqual([id]);
    });
  });

  describe('cancelling an operation', () => {
    /** An operation that its caller has cancelled, or is about to. */
    interface Cancelling {
      caller: WorkflowHandle<typeof workflows.cancelLong>;
      job: WorkflowHandle<typeof workflows.doJob>;
      client: Client;
    }

    async function cancelling(
      untilFinished: Job['untilFinished'],
      type: NexusOperationCancellationType,
      look: (cancelling: Cancelling) => Promise<void>,
    ) {
      await withJobs(server, {}, options, async (running) => {
        const { client, endpoint } = running;
        const id = crypto.randomUUID();
        const caller = await client.workflow.start(workflows.cancelLong, {
          ...callerOptions(running),
          args: [endpoint, { id, untilFinished }, type],
        });
        await caller.executeUpdate(workflows.started);
        await look({ caller, job: client.workflow.getHandle<typeof workflows.doJob>(id), client });
      });
    }

    const seenBy = (caller: Cancelling['caller']) => caller.executeUpdate(workflows.outcome);
    const statusOf = async (job: Cancelling['job']) => (await job.describe()).status.name;

    async function finish(workflow: WorkflowHandle) {
      await workflow.signal(workflows.finish);
      return workflow.result();
    }

    test('ABANDON: the caller goes on, and the operation hears nothing', async () => {
      await cancelling('cancellable', NexusOperationCancellationType.ABANDON, async ({ caller, job, client }) => {
        expect(await seenBy(caller)).toBe('cancelled');
        await finish(caller); // first: core takes the end of an abandoned operation for nondeterminism of a caller that runs
        expect(await finish(job)).toBe(`${job.workflowId} done`);
        const events = await eventsOf(client, caller.workflowId);
        expect(events.filter((event) => event.nexusOperationCancelRequestedEventAttributes)).toBeEmpty();
      });
    });

    test('TRY_CANCEL: the caller goes on, and the operation is cancelled', async () => {
      await cancelling('cancellable', NexusOperationCancellationType.TRY_CANCEL, async ({ caller, job }) => {
        expect(await seenBy(caller)).toBe('cancelled');
        expect(await job.result().catch(({ cause }) => cause)).toBeInstanceOf(CancelledFailure);
        await finish(caller);
      });
    });

    test('WAIT_CANCELLATION_REQUESTED: the caller goes on once the operation was told', async () => {
      const type = NexusOperationCancellationType.WAIT_CANCELLATION_REQUESTED;
      await cancelling('ignoring cancellation', type, async ({ caller, job, client }) => {
        expect(await seenBy(caller)).toBe('cancelled');
        const events = await eventsOf(client, job.workflowId);
        expect(events.some((event) => event.workflowExecutionCancelRequestedEventAttributes)).toBe(true);
        expect(await statusOf(job)).toBe('RUNNING');
        expect(await finish(job)).toBe(`${job.workflowId} done`);
        await finish(caller);
      });
    });

    test('WAIT_CANCELLATION_COMPLETED: the caller waits until the operation is cancelled', async () => {
      const type = NexusOperationCancellationType.WAIT_CANCELLATION_COMPLETED;
      await cancelling('cancellable', type, async ({ caller, job }) => {
        expect(await seenBy(caller)).toBe('cancelled');
        expect(await statusOf(job)).toBe('CANCELLED');
        await finish(caller);
      });
    });

    test('WAIT_CANCELLATION_COMPLETED: the operation may complete all the same', async () => {
      const type = NexusOperationCancellationType.WAIT_CANCELLATION_COMPLETED;
      await cancelling('ignoring cancellation', type, async ({ caller, job }) => {
        expect(await finish(job)).toBe(`${job.workflowId} done`);
        expect(await seenBy(caller)).toBe(`${job.workflowId} done`);
        await finish(caller);
      });
    });
  });
});

test('an operation of a TemporalOperationHandler, and its cancellation', async () => {
  const cancelled: string[] = [];
  const long = new TemporalOperationHandler<Job, string>({
    start: (_ctx, client, job) => client.startWorkflow(workflows.doJob, { workflowId: job.id, args: [job] }),
    async cancelWorkflowRun(_ctx, { workflowId }) {
      cancelled.push(workflowId);
    },
  });
  await withJobs(server, { long }, {}, async (running) => {
    const { client, endpoint } = running;
    const ids = [crypto.randomUUID(), crypto.randomUUID()] as const;
    const called = await client.workflow.execute(workflows.callLong, {
      ...callerOptions(running),
      args: [endpoint, { id: ids[0] }],
    });
    expect(called.result).toBe(`${ids[0]} done`);

    const caller = await client.workflow.start(workflows.cancelLong, {
      ...callerOptions(running),
      args: [endpoint, { id: ids[1], untilFinished: 'cancellable' }, 'WAIT_CANCELLATION_REQUESTED'],
    });
    expect(await caller.executeUpdate(workflows.outcome)).toBe('cancelled');
    expect(cancelled).toEqual([ids[1]]);
    await client.workflow.getHandle(ids[1]).signal(workflows.finish);
    await caller.signal(workflows.finish);
    await caller.result();
  });
});

test('a worker of nothing but a service', async () => {
  await withJobs(server, {}, {}, async (calling) => {
    await withJobs(server, {}, { workflowsPath: undefined, activities: {} }, async (serving) => {
      expect(serving.worker.getStatus()).toMatchObject({
        workflowPollerState: 'SHUTDOWN',
        activityPollerState: 'SHUTDOWN',
        nexusPollerState: 'POLLING',
        phases: ['PollingNexus'],
      });
      expect(await callQuick({ ...calling, endpoint: serving.endpoint }, 'over there')).toBe('over there!');
    });
  });
});

test('replaying workflows that call and cancel operations', async () => {
  await withJobs(server, {}, {}, async (running) => {
    const { client, endpoint } = running;
    const called = await client.workflow.start(workflows.callLong, {
      ...callerOptions(running),
      args: [endpoint, { id: crypto.randomUUID() }],
    });
    await called.result();
    const cancelled = await client.workflow.start(workflows.cancelLong, {
      ...callerOptions(running),
      args: [endpoint, { id: crypto.randomUUID(), untilFinished: 'cancellable' }, 'WAIT_CANCELLATION_COMPLETED'],
    });
    await cancelled.executeUpdate(workflows.outcome);
    await cancelled.signal(workflows.finish);
    await cancelled.result();
    for (const { workflowId } of [called, cancelled]) {
      const history = await client.workflow.getHandle(workflowId).fetchHistory();
      await WorkerRuntime.runReplayHistory({ workflowsPath }, history, workflowId);
    }
  });
});

test("a workflow's command carries every timeout, the summary and the input", async () => {
  const isolate = await IsolateDriver.open({ workflowsPath });
  const options = {
    scheduleToCloseTimeout: '3s',
    scheduleToStartTimeout: '1s',
    startToCloseTimeout: '2s',
    summary: 'in short',
    cancellationType: 'TRY_CANCEL',
  };
  const { commands } = await isolate.start('callQuick', ['an endpoint', 'input', options]);
  expect(commands).toHaveLength(1);
  const { scheduleNexusOperation: scheduled, userMetadata } = commands[0] as Command;
  expect(scheduled).toMatchObject({ endpoint: 'an endpoint', service: 'jobs', operation: 'quick-job' });
  expect(scheduled?.scheduleToCloseTimeout?.seconds?.toNumber()).toBe(3);
  expect(scheduled?.scheduleToStartTimeout?.seconds?.toNumber()).toBe(1);
  expect(scheduled?.startToCloseTimeout?.seconds?.toNumber()).toBe(2);
  expect(scheduled?.cancellationType).toBe(coresdk.nexus.NexusOperationCancellationType.TRY_CANCEL);
  expect(payloadValue(scheduled?.input)).toBe('input');
  expect(payloadValue(userMetadata?.summary)).toBe('in short');
});
