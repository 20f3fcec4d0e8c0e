import { setDefaultTimeout } from 'bun:test';
import { temporal } from '@temporalio/proto';
import { useTestEnvironment } from '../../src/testing/index.ts';
import { temporalCli } from '../support/dev-server.ts';
import {
  activity,
  CommandType,
  complete,
  errorOf,
  FAILURE,
  fail,
  type Hand,
  namespace,
  seconds,
  startChild,
} from './by-hand.ts';
import { compareScenarios, type Scenario } from './compare-scenarios.ts';

setDefaultTimeout(120_000);
const {
  WorkflowIdConflictPolicy: Conflict,
  WorkflowIdReusePolicy: Reuse,
  QueryRejectCondition,
  WorkflowTaskFailedCause,
} = temporal.api.enums.v1;
const { Rejection } = temporal.api.update.v1;

const real = useTestEnvironment({ server: { executable: { type: 'existing-path', path: temporalCli() } } });
const embedded = useTestEnvironment({ embedded: true, server: { time: 'real' } });

type Start = temporal.api.workflowservice.v1.IStartWorkflowExecutionRequest;

/** Says whether a call started something, or its error. */
async function startedBy(call: Promise<{ started?: boolean | null }>): Promise<unknown> {
  return call.then(
    ({ started }) => ({ started }),
    () => errorOf(call),
  );
}

/** Update-with-start: in one call. */
function updateWithStart(hand: Hand, name: string, start: Start = {}, update: object = {}, updateId = 'u') {
  return hand.service.executeMultiOperation({
    namespace,
    operations: [
      {
        startWorkflow: {
          namespace,
          workflowId: hand.id(name),
          workflowType: { name: 'by-hand' },
          taskQueue: hand.taskQueue,
          requestId: crypto.randomUUID(),
          workflowIdConflictPolicy: Conflict.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
          ...start,
        },
      },
      {
        updateWorkflow: {
          namespace,
          workflowExecution: { workflowId: hand.id(name) },
          waitPolicy: { lifecycleStage: 2 },
          request: { meta: { updateId }, input: { name: 'change' } },
          ...update,
        },
      },
    ],
  });
}

/** Fails the next workflow tasks. */
async function failTasks(hand: Hand, count: number): Promise<void> {
  for (let task = 0; task < count; task++) {
    const { taskToken } = await hand.poll();
    await hand.service.respondWorkflowTaskFailed({
      namespace,
      taskToken,
      cause: WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE,
      failure: FAILURE,
      identity: 'worker',
    });
  }
}

/** Uses that are rare. */
const scenarios: Record<string, Scenario> = {
  'all policies for ids that were used before or are in use': async (hand) => {
    const before: Record<string, (name: string) => Promise<unknown>> = {
      none: async () => undefined,
      running: (name) => hand.start(name),
      completed: async (name) => {
        await hand.start(name);
        await hand.step([complete()]);
      },
      failed: async (name) => {
        await hand.start(name);
        await hand.step([fail()]);
      },
    };
    const values: unknown[] = [];
    for (const [state, prepare] of Object.entries(before))
      for (const workflowIdReusePolicy of [0, 1, 2, 3, 4] as (typeof Reuse)[keyof typeof Reuse][])
        for (const workflowIdConflictPolicy of [0, 1, 2, 3] as (typeof Conflict)[keyof typeof Conflict][]) {
          const name = `${state}-${workflowIdReusePolicy}-${workflowIdConflictPolicy}`;
          await prepare(name);
          const request = {
            namespace,
            workflowId: hand.id(name),
            workflowType: { name: 'by-hand' },
            taskQueue: { name: 'nobody polls it' },
            workflowIdReusePolicy,
            workflowIdConflictPolicy,
          };
          const { service } = hand;
          const requestId = () => crypto.randomUUID();
          values.push([
            name,
            await startedBy(service.startWorkflowExecution({ ...request, requestId: requestId() })),
            await startedBy(
              service.signalWithStartWorkflowExecution({ ...request, requestId: requestId(), signalName: 's' }),
            ),
          ]);
          await errorOf(service.terminateWorkflowExecution({ namespace, workflowExecution: request }));
        }
    return { values };
  },
  'updates with starts that are refused': async (hand) => {
    await hand.start('running');
    await hand.start('closed');
    await hand.service.terminateWorkflowExecution({
      namespace,
      workflowExecution: { workflowId: hand.id('closed') },
    });
    const refusals = {
      running: await errorOf(updateWithStart(hand, 'running')),
      closed: await errorOf(
        updateWithStart(hand, 'closed', {
          workflowIdReusePolicy: Reuse.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
        }),
      ),
      cron: await errorOf(updateWithStart(hand, 'new', { cronSchedule: '* * * * *' })),
      eager: await errorOf(updateWithStart(hand, 'new', { requestEagerExecution: true })),
      delayed: await errorOf(updateWithStart(hand, 'new', { workflowStartDelay: seconds(5) })),
      withoutType: await errorOf(updateWithStart(hand, 'new', { workflowType: { name: '' } })),
      withoutUpdate: await errorOf(updateWithStart(hand, 'new', {}, { request: undefined })),
      ofAnother: await errorOf(updateWithStart(hand, 'new', {}, { workflowExecution: { workflowId: 'else' } })),
      ofARun: await errorOf(
        updateWithStart(
          hand,
          'new',
          {},
          {
            workflowExecution: { workflowId: hand.id('new'), runId: crypto.randomUUID() },
          },
        ),
      ),
      admitted: await errorOf(updateWithStart(hand, 'new', {}, { waitPolicy: { lifecycleStage: 1 } })),
      ofNothing: await errorOf(hand.service.executeMultiOperation({ namespace, operations: [] })),
      elsewhere: await errorOf(hand.service.executeMultiOperation({ namespace: 'nowhere', operations: [] })),
    };
    return { values: [refusals, await errorOf(hand.describe('new'))] };
  },
  'an update with a start, for a run that is there': async (hand) => {
    await hand.start('w');
    const task = await hand.poll();
    const policy = { workflowIdConflictPolicy: Conflict.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING };
    const updated = updateWithStart(hand, 'w', policy);
    // The server has the update when it has answered a call that came after it.
    await hand.describe('w');
    await hand.answer(task, [complete()]);
    // The run has ended, so that there is another one.
    const next = await hand.step();
    const { responses } = await updated;
    const [start, update] = responses ?? [];
    return {
      values: [
        next.messages?.map(({ protocolInstanceId }) => protocolInstanceId),
        start?.startWorkflow?.started,
        update?.updateWorkflow?.outcome?.failure?.message,
      ],
    };
  },
  'updates that are refused, and one that is rejected and forgotten': async (hand) => {
    await hand.start('w');
    const update = (more: temporal.api.workflowservice.v1.IUpdateWorkflowExecutionRequest) =>
      hand.service.updateWorkflowExecution({
        namespace,
        workflowExecution: { workflowId: hand.id('w') },
        waitPolicy: { lifecycleStage: 2 },
        request: { meta: { updateId: 'u' }, input: { name: 'change' } },
        ...more,
      });
    const poll = (more: temporal.api.workflowservice.v1.IPollWorkflowExecutionUpdateRequest) =>
      errorOf(hand.service.pollWorkflowExecutionUpdate({ namespace, ...more }));
    const refusals = [
      await errorOf(update({ waitPolicy: { lifecycleStage: 1 } })),
      await errorOf(update({ firstExecutionRunId: crypto.randomUUID() })),
      await errorOf(update({ request: undefined })),
      await errorOf(update({ request: { meta: { updateId: 'u' } } })),
      await errorOf(update({ request: { meta: { updateId: 'x'.repeat(1_001) }, input: { name: 'change' } } })),
      await errorOf(update({ workflowExecution: undefined })),
      await errorOf(update({ workflowExecution: { workflowId: hand.id('w'), runId: 'not a run' } })),
      await poll({}),
    ];
    // Without a policy it waits for the end.
    const rejected = update({ waitPolicy: undefined });
    await hand.describe('w');
    await hand.step();
    const { outcome, stage } = await rejected;
    const updateRef = { workflowExecution: { workflowId: hand.id('w') }, updateId: 'u' };
    return { values: [refusals, stage, outcome?.failure?.message, await poll({ updateRef })] };
  },
  'queries that nothing can answer': async (hand) => {
    const query = (name: string, queryRejectCondition = QueryRejectCondition.QUERY_REJECT_CONDITION_NONE) =>
      hand.service.queryWorkflow({
        namespace,
        execution: { workflowId: hand.id(name) },
        query: { queryType: 'q' },
        queryRejectCondition,
      });
    await hand.start('delayed', { workflowStartDelay: seconds(3_600) });
    await hand.start('unheard');
    await hand.service.terminateWorkflowExecution({
      namespace,
      workflowExecution: { workflowId: hand.id('unheard') },
    });
    await hand.start('continued', { taskQueue: { name: `${hand.taskQueue.name}-continued` } });
    const taskQueue = { name: `${hand.taskQueue.name}-continued` };
    const task = await hand.service.pollWorkflowTaskQueue({ namespace, taskQueue, identity: 'worker' });
    await hand.answer(task, [
      {
        commandType: CommandType.COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION,
        continueAsNewWorkflowExecutionCommandAttributes: {},
      },
    ]);
    const { queryRejected } = await hand.service.queryWorkflow({
      namespace,
      execution: task.workflowExecution,
      query: { queryType: 'q' },
      queryRejectCondition: QueryRejectCondition.QUERY_REJECT_CONDITION_NOT_COMPLETED_CLEANLY,
    });
    const refusals = [
      queryRejected?.status,
      await errorOf(query('delayed')),
      await errorOf(query('unheard')),
      await errorOf(
        hand.service.respondQueryTaskCompleted({ namespace, taskToken: Buffer.from('x'), completedType: 1 }),
      ),
    ];
    await hand.start('failing', { taskQueue: hand.taskQueue });
    // The task of the terminated workflow is gone.
    await failTasks(hand, 2);
    const update = () =>
      hand.service.updateWorkflowExecution({
        namespace,
        workflowExecution: { workflowId: hand.id('failing') },
        waitPolicy: { lifecycleStage: 2 },
        request: { meta: { updateId: 'u' }, input: { name: 'change' } },
      });
    return { values: [refusals, await errorOf(query('failing')), await errorOf(update())] };
  },
  'a run on a cron schedule that continues as new': async (hand) => {
    const first = await hand.start('w', {
      cronSchedule: '@every 1s',
      retryPolicy: { maximumAttempts: 2 },
      workflowExecutionTimeout: seconds(100),
      workflowRunTimeout: seconds(50),
    });
    await hand.step([
      {
        commandType: CommandType.COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION,
        continueAsNewWorkflowExecutionCommandAttributes: { workflowRunTimeout: seconds(200) },
      },
    ]);
    await hand.step([fail()]);
    return { histories: [await hand.history('w', first), await hand.history('w')] };
  },
  'cron schedules of all forms': async (hand) => {
    const schedules = ['@hourly', '@midnight', '@every 1h30m', '@every 5d', '0 0 * * 7', '0 0 30 2 *', '0 0 * *'];
    schedules.push('* * * * * *', '0 0 ? * MON-FRI', 'CRON_TZ=Europe/Berlin 0 12 * * *', '*/0 * * * *', '@reboot');
    const values: unknown[] = [];
    for (const cronSchedule of schedules)
      values.push([cronSchedule, await errorOf(hand.start(cronSchedule, { cronSchedule }))]);
    return { values };
  },
  'a child on a cron schedule, and priorities that are inherited': async (hand) => {
    await hand.start('w', { priority: { priorityKey: 2 } });
    await hand.step([
      activity('1', hand.taskQueue),
      startChild(hand.id('child'), hand.taskQueue, { cronSchedule: '0 0 1 1 *' }),
    ]);
    const { priority } = await hand.pollActivity();
    // The parent learns of its start.
    await hand.step();
    const events = (await hand.history('child')).events ?? [];
    const start = events[0]?.workflowExecutionStartedEventAttributes;
    return {
      values: [
        priority?.priorityKey,
        events.length,
        start?.priority?.priorityKey,
        start?.initiator,
        Number(start?.firstWorkflowTaskBackoff?.seconds) > 0,
      ],
    };
  },
  'a cancellation of a workflow that has ended': async (hand) => {
    await hand.start('ended');
    await hand.step([complete()]);
    await hand.start('w');
    await hand.step([
      {
        commandType: CommandType.COMMAND_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION,
        requestCancelExternalWorkflowExecutionCommandAttributes: { namespace, workflowId: hand.id('ended') },
      },
    ]);
    await hand.step([complete()]);
    return { histories: [await hand.history('w'), await hand.history('ended')] };
  },
  'a delayed start waits for its time when it is signalled, and no longer when it is to cancel': async (hand) => {
    await hand.start('w', { workflowStartDelay: seconds(3_600) });
    await hand.signal('w', 's');
    await hand.service.requestCancelWorkflowExecution({
      namespace,
      workflowExecution: { workflowId: hand.id('w') },
      requestId: crypto.randomUUID(),
    });
    await hand.step();
    await hand.signal('w', 'further');
    await hand.step([complete()]);
    return { histories: [await hand.history('w')] };
  },
  'a delayed start waits no longer when it is signalled with a start': async (hand) => {
    await hand.start('w', { workflowStartDelay: seconds(3_600) });
    await hand.service.signalWithStartWorkflowExecution({
      namespace,
      workflowId: hand.id('w'),
      workflowType: { name: 'by-hand' },
      taskQueue: hand.taskQueue,
      signalName: 's',
      requestId: crypto.randomUUID(),
    });
    await hand.step([complete()]);
    return { histories: [await hand.history('w')] };
  },
  'a delayed start waits no longer when it is updated, but for an update that is rejected': async (hand) => {
    await hand.start('w', { workflowStartDelay: seconds(3_600) });
    const update = (updateId: string) =>
      hand.service.updateWorkflowExecution({
        namespace,
        workflowExecution: { workflowId: hand.id('w') },
        waitPolicy: { lifecycleStage: 3 },
        request: { meta: { updateId }, input: { name: 'change' } },
      });
    const rejected = update('rejected');
    const { taskToken, messages } = await hand.poll();
    const rejection = Rejection.encode({ rejectedRequestMessageId: messages?.[0]?.id, failure: FAILURE }).finish();
    await hand.service.respondWorkflowTaskCompleted({
      namespace,
      taskToken,
      messages: [
        {
          id: 'm',
          protocolInstanceId: 'rejected',
          body: { type_url: 'type.googleapis.com/temporal.api.update.v1.Rejection', value: rejection },
        },
      ],
      identity: 'worker',
    });
    const { outcome } = await rejected;
    // It still waits.
    await hand.signal('w', 's');
    const unprocessed = update('unprocessed');
    const next = await hand.step();
    const { outcome: second } = await unprocessed;
    await hand.signal('w', 'further');
    await hand.step([complete()]);
    return {
      values: [outcome?.failure?.message, next.messages?.map(({ protocolInstanceId }) => protocolInstanceId), second],
      histories: [await hand.history('w')],
    };
  },
  'schedules that are refused, and the times of one that is paused or limited': async (hand) => {
    const schedule = (
      workflow: temporal.api.workflow.v1.INewWorkflowExecutionInfo = {},
      more: temporal.api.schedule.v1.ISchedule = {},
    ): temporal.api.schedule.v1.ISchedule => ({
      spec: { interval: [{ interval: seconds(3_600) }] },
      action: {
        startWorkflow: {
          workflowId: hand.id('run'),
          workflowType: { name: 'by-hand' },
          taskQueue: hand.taskQueue,
          ...workflow,
        },
      },
      ...more,
    });
    const create = (scheduleId: string, of: temporal.api.schedule.v1.ISchedule) =>
      hand.service.createSchedule({ namespace, scheduleId, schedule: of, requestId: crypto.randomUUID() });
    const timesOf = async (scheduleId: string) => {
      const { info } = await hand.service.describeSchedule({ namespace, scheduleId });
      return info?.futureActionTimes?.length;
    };
    await create(hand.id('paused'), schedule({}, { state: { paused: true } }));
    await create(hand.id('limited'), schedule({}, { state: { limitedActions: true, remainingActions: 2 as never } }));
    return {
      values: [
        await timesOf(hand.id('paused')),
        await timesOf(hand.id('limited')),
        await errorOf(create('x'.repeat(1_001), schedule())),
        await errorOf(create(hand.id('a'), schedule({ workflowIdReusePolicy: 3 }))),
        await errorOf(create(hand.id('b'), schedule({ taskQueue: undefined }))),
        await errorOf(create(hand.id('c'), schedule({ workflowId: '' }))),
        await errorOf(create(hand.id('paused'), schedule())),
      ],
    };
  },
  'wrong retry policies, and a signal with a long id': async (hand) => {
    await hand.start('w');
    return {
      values: [
        await errorOf(hand.start('a', { retryPolicy: { initialInterval: seconds(-1) } })),
        await errorOf(hand.start('b', { retryPolicy: { maximumInterval: seconds(-1) } })),
        await errorOf(
          hand.service.signalWorkflowExecution({
            namespace,
            workflowExecution: { workflowId: hand.id('w') },
            signalName: 's',
            requestId: 'x'.repeat(1_001),
          }),
        ),
      ],
    };
  },
};

compareScenarios(embedded, real, scenarios);
