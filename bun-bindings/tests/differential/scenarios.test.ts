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
  payloads,
  seconds,
  timer,
} from './by-hand.ts';
import { compareScenarios, type Scenario } from './compare-scenarios.ts';

setDefaultTimeout(60_000);
const { WorkflowIdConflictPolicy } = temporal.api.enums.v1;

const real = useTestEnvironment({ server: { executable: { type: 'existing-path', path: temporalCli() } } });
const embedded = useTestEnvironment({ embedded: true, server: { time: 'real' } });

const LARGE = payloads('x'.repeat(2 * 1024 * 1024));
const reason = 'because';

const scenarios: Record<string, Scenario> = {
  'a reset takes later signals over, and fails the workflow task': async (hand) => {
    const first = await hand.start('w');
    await hand.step([activity('1', hand.taskQueue), timer('t', 3600)]);
    await hand.signal('w', 'late');
    await hand.step();
    const { runId } = await hand.service.resetWorkflowExecution({
      namespace,
      workflowExecution: { workflowId: hand.id('w') },
      workflowTaskFinishEventId: 4 as never,
      reason,
      requestId: crypto.randomUUID(),
    });
    await hand.step([complete()]);
    return { histories: [await hand.history('w', first), await hand.history('w', runId)] };
  },
  'a reset to a task that has not started starts and fails it': async (hand) => {
    const first = await hand.start('w');
    const { runId } = await hand.service
      .resetWorkflowExecution({
        namespace,
        workflowExecution: { workflowId: hand.id('w'), runId: first },
        workflowTaskFinishEventId: 3 as never,
        reason,
        requestId: crypto.randomUUID(),
      })
      .catch((error) => ({ runId: error.details }));
    return { values: runId.length === 36 ? 'reset' : runId };
  },
  'a reset leaves out what it is told to': async (hand) => {
    await hand.start('w');
    await hand.step();
    await hand.signal('w', 'late');
    const { runId } = await hand.service.resetWorkflowExecution({
      namespace,
      workflowExecution: { workflowId: hand.id('w') },
      workflowTaskFinishEventId: 4 as never,
      reason,
      requestId: crypto.randomUUID(),
      resetReapplyExcludeTypes: [temporal.api.enums.v1.ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL],
    });
    return { histories: [await hand.history('w', runId)] };
  },
  'a reset goes on with timers and activities from before': async (hand) => {
    await hand.start('w');
    await hand.step([activity('1', hand.taskQueue), timer('t', 1)]);
    await hand.signal('w', 's');
    await hand.step();
    const finish = (await hand.history('w')).events?.length ?? 0;
    const { runId } = await hand.service.resetWorkflowExecution({
      namespace,
      workflowExecution: { workflowId: hand.id('w') },
      workflowTaskFinishEventId: finish as never,
      reason,
      requestId: crypto.randomUUID(),
    });
    await hand.step();
    await hand.step([]);
    const task = await hand.pollActivity();
    await hand.service.respondActivityTaskCompleted({ namespace, taskToken: task.taskToken, identity: 'worker' });
    await hand.step([complete()]);
    return { values: task.attempt, histories: [await hand.history('w', runId)] };
  },
  'wrong resets': async (hand) => {
    await hand.start('w');
    await hand.step();
    const reset = (more: temporal.api.workflowservice.v1.IResetWorkflowExecutionRequest) =>
      errorOf(
        hand.service.resetWorkflowExecution({
          namespace,
          workflowExecution: { workflowId: hand.id('w') },
          requestId: 'r',
          reason,
          ...more,
        }),
      );
    return {
      values: [
        await reset({ workflowTaskFinishEventId: 1 as never }),
        await reset({ workflowTaskFinishEventId: 9 as never }),
        await reset({ workflowTaskFinishEventId: 4 as never, requestId: '' }),
        await reset({ workflowTaskFinishEventId: 4 as never, workflowExecution: {} }),
      ],
    };
  },
  'an update that comes while a run continues as new goes to the next one': async (hand) => {
    const first = await hand.start('w');
    const task = await hand.poll();
    const updated = hand.service.updateWorkflowExecution({
      namespace,
      workflowExecution: { workflowId: hand.id('w') },
      waitPolicy: { lifecycleStage: 3 },
      request: { meta: { updateId: 'u' }, input: { name: 'change' } },
    });
    // The server has the update when it has answered a call that came after it.
    await hand.describe('w');
    await hand.answer(task, [
      {
        commandType: CommandType.COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION,
        continueAsNewWorkflowExecutionCommandAttributes: {},
      },
    ]);
    let next = await hand.step();
    // The real server sends it again after a while, which may be after the first task of the next run.
    if (!next.messages?.length) next = await hand.step();
    const { outcome } = await updated;
    return {
      values: [next.messages?.map(({ protocolInstanceId }) => protocolInstanceId), outcome?.failure?.message],
      histories: [await hand.history('w', first)],
    };
  },
  'an update that comes while a run ends is aborted': async (hand) => {
    await hand.start('w');
    const task = await hand.poll();
    const updated = errorOf(
      hand.service.updateWorkflowExecution({
        namespace,
        workflowExecution: { workflowId: hand.id('w') },
        waitPolicy: { lifecycleStage: 3 },
        request: { meta: { updateId: 'u' }, input: { name: 'change' } },
      }),
    );
    await hand.describe('w');
    return { values: [await hand.answer(task, [complete()]), await updated], histories: [await hand.history('w')] };
  },
  'a signal that starts is delivered once for a request': async (hand) => {
    const request = {
      namespace,
      workflowId: hand.id('w'),
      workflowType: { name: 'by-hand' },
      taskQueue: hand.taskQueue,
      signalName: 's',
      requestId: 'request',
    };
    const first = await hand.service.signalWithStartWorkflowExecution(request);
    const again = await hand.service.signalWithStartWorkflowExecution(request);
    const other = await hand.service.signalWithStartWorkflowExecution({ ...request, requestId: 'other' });
    const refused = await errorOf(
      hand.service.signalWithStartWorkflowExecution({
        ...request,
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
      }),
    );
    return {
      values: [first.started, again.started, other.started, refused],
      histories: [await hand.history('w')],
    };
  },
  'payloads that are too large': async (hand) => {
    await hand.start('w');
    const started = await errorOf(hand.start('other', { input: LARGE }));
    const memo = await errorOf(hand.start('other', { memo: { fields: { large: LARGE.payloads[0] as never } } }));
    const signaled = await errorOf(
      hand.service.signalWorkflowExecution({
        namespace,
        workflowExecution: { workflowId: hand.id('w') },
        signalName: 's',
        input: LARGE,
      }),
    );
    await hand.step([activity('1', hand.taskQueue)]);
    const { taskToken } = await hand.pollActivity();
    await hand.service.respondActivityTaskCompleted({ namespace, taskToken, result: LARGE, identity: 'worker' });
    const task = await hand.poll();
    const refusal = await hand.answer(task, [activity('2', hand.taskQueue, { input: LARGE })]);
    return { values: [started, memo, signaled, refusal], histories: [await hand.history('w')] };
  },
  'more signals to others than may be pending': async (hand) => {
    await hand.start('w');
    const signal = {
      commandType: CommandType.COMMAND_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION,
      signalExternalWorkflowExecutionCommandAttributes: {
        namespace,
        execution: { workflowId: 'nobody' },
        signalName: 's',
      },
    };
    return { values: await hand.answer(await hand.poll(), Array(2_001).fill(signal)) };
  },
  'an activity that is paused and let go': async (hand) => {
    await hand.start('w');
    await hand.step([activity('1', hand.taskQueue)]);
    const execution = { workflowId: hand.id('w') };
    await hand.service.pauseActivity({ namespace, execution, id: '1', identity: 'client', reason });
    const paused = await pending(hand);
    await hand.service.unpauseActivity({ namespace, execution, type: 'act', identity: 'client' });
    const { taskToken, attempt } = await hand.pollActivity();
    await hand.service.pauseActivity({ namespace, execution, id: '1', identity: 'client', reason });
    const asked = await pending(hand);
    const heartbeat = await hand.service.recordActivityTaskHeartbeat({ namespace, taskToken });
    await hand.service.respondActivityTaskFailed({ namespace, taskToken, failure: FAILURE });
    const failed = await pending(hand);
    await hand.service.unpauseActivity({ namespace, execution, id: '1', resetAttempts: true });
    const again = await hand.pollActivity();
    return { values: [paused, attempt, asked, heartbeat.activityPaused, failed, again.attempt] };
  },
  'an activity that is reset while it waits, and whose options are changed': async (hand) => {
    await hand.start('w');
    await hand.step([activity('1', hand.taskQueue, { retryPolicy: { initialInterval: seconds(3_600) } })]);
    const execution = { workflowId: hand.id('w') };
    const { taskToken } = await hand.pollActivity();
    await hand.service.respondActivityTaskFailed({ namespace, taskToken, failure: FAILURE });
    const failed = await pending(hand);
    await hand.service.resetActivity({ namespace, execution, id: '1' });
    const reset = await pending(hand);
    const first = await hand.pollActivity();
    const { activityOptions } = await hand.service.updateActivityOptions({
      namespace,
      execution,
      id: '1',
      activityOptions: { startToCloseTimeout: seconds(7), retryPolicy: { maximumAttempts: 1 } },
      updateMask: { paths: ['start_to_close_timeout', 'retryPolicy.maximumAttempts'] },
    });
    const restored = await hand.service.updateActivityOptions({ namespace, execution, id: '1', restoreOriginal: true });
    return {
      values: [failed, reset, first.attempt, optionsOf(activityOptions), optionsOf(restored.activityOptions)],
    };
  },
  'an activity that is taken and not answered until its time is over': async (hand) => {
    await hand.start('w');
    const { taskQueue } = hand;
    await hand.step([activity('1', taskQueue, { scheduleToCloseTimeout: seconds(2), startToCloseTimeout: undefined })]);
    await hand.pollActivity();
    await hand.step([complete()]);
    return { histories: [await hand.history('w')] };
  },
  'wrong changes of activities': async (hand) => {
    await hand.start('w');
    const execution = { workflowId: hand.id('w') };
    return {
      values: [
        await errorOf(hand.service.pauseActivity({ namespace, execution, id: '1' })),
        await errorOf(hand.service.pauseActivity({ namespace, execution })),
        await errorOf(hand.service.unpauseActivity({ namespace, execution: {}, id: '1' })),
        await errorOf(hand.service.resetActivity({ namespace, execution, type: 'other' })),
        await errorOf(hand.service.updateActivityOptions({ namespace, execution, id: '1' })),
        await errorOf(hand.service.updateActivityOptions({ namespace, execution, id: '1', activityOptions: {} })),
      ],
    };
  },
  'an operation that succeeds with the answer to its start': async (hand) => {
    await callOperation(hand, { input: { data: Buffer.from('in') }, nexusHeader: { key: 'value' } });
    const { taskToken, request } = await hand.pollNexus();
    await hand.respondNexus(taskToken, { startOperation: { syncSuccess: { payload: { data: Buffer.from('out') } } } });
    await hand.step([complete()]);
    const { service, operation, payload } = request?.startOperation ?? {};
    return {
      values: [service, operation, String(payload?.data), request?.header?.key],
      histories: [await hand.history('w')],
    };
  },
  'an operation that ends with the workflow behind it': async (hand) => {
    return endBehind(hand, {
      commandType: CommandType.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION,
      completeWorkflowExecutionCommandAttributes: { result: payloads('done') },
    });
  },
  'an operation whose workflow fails': async (hand) => {
    return endBehind(hand, fail());
  },
  'an operation that is cancelled': async (hand) => {
    await callOperation(hand);
    await startBehind(hand);
    const { caller, behind } = await pollBoth(hand);
    await hand.answer(caller, [
      {
        commandType: CommandType.COMMAND_TYPE_REQUEST_CANCEL_NEXUS_OPERATION,
        requestCancelNexusOperationCommandAttributes: { scheduledEventId: 5 as never },
      },
    ]);
    const { taskToken, request } = await hand.pollNexus();
    await hand.respondNexus(taskToken, { cancelOperation: {} });
    const answered = await hand.step();
    await hand.answer(behind, [
      {
        commandType: CommandType.COMMAND_TYPE_CANCEL_WORKFLOW_EXECUTION,
        cancelWorkflowExecutionCommandAttributes: {},
      },
    ]);
    await hand.step([complete()]);
    return {
      values: [request?.cancelOperation?.operationToken, answered.attempt],
      histories: [await hand.history('w')],
    };
  },
  'an operation that fails, and handlers that fail': async (hand) => {
    await callOperation(hand);
    const first = await hand.pollNexus();
    await hand.service.respondNexusTaskFailed({
      namespace,
      taskToken: first.taskToken,
      error: { errorType: 'INTERNAL', failure: { message: 'try again' } },
    });
    const second = await hand.pollNexus();
    await hand.respondNexus(second.taskToken, {
      startOperation: { operationError: { operationState: 'failed', failure: { message: 'no' } } },
    });
    await hand.step([complete()]);
    return { histories: [await hand.history('w')] };
  },
  'an operation that a handler refuses': async (hand) => {
    await callOperation(hand);
    const { taskToken } = await hand.pollNexus();
    await hand.service.respondNexusTaskFailed({
      namespace,
      taskToken,
      error: { errorType: 'NOT_FOUND', failure: { message: 'no such operation' } },
    });
    await hand.step([complete()]);
    return { histories: [await hand.history('w')] };
  },
  'an operation that times out': async (hand) => {
    await callOperation(hand, { scheduleToCloseTimeout: seconds(1) });
    const { taskToken } = await hand.pollNexus();
    await hand.respondNexus(taskToken, { startOperation: { asyncSuccess: { operationToken: 'token' } } });
    await hand.step();
    await hand.step([complete()]);
    return { histories: [await hand.history('w')] };
  },
  'wrong endpoints and operations': async (hand) => {
    const operator = hand.env.nativeConnection.operatorService;
    const name = `endpoint-${hand.ids}`;
    const spec = { name, target: { worker: { namespace, taskQueue: 'queue' } } };
    const { id, version } = await hand.env.createNexusEndpoint(name, 'queue');
    await hand.start('w');
    const refusal = await hand.answer(await hand.poll(), [
      {
        commandType: CommandType.COMMAND_TYPE_SCHEDULE_NEXUS_OPERATION,
        scheduleNexusOperationCommandAttributes: { endpoint: 'nowhere', service: 's', operation: 'o' },
      },
    ]);
    return {
      values: [
        await errorOf(operator.createNexusEndpoint({ spec })),
        await errorOf(operator.createNexusEndpoint({ spec: { ...spec, target: {} } })),
        await errorOf(operator.createNexusEndpoint({ spec: { ...spec, name: '' } })),
        await errorOf(operator.updateNexusEndpoint({ id, version: 7 as never, spec })),
        await errorOf(operator.deleteNexusEndpoint({ id: crypto.randomUUID(), version })),
        refusal,
      ],
    };
  },
  batches: async (hand) => {
    for (const name of ['in', 'also-in', 'out']) await hand.start(name);
    const start = (jobId: string, more: object) =>
      hand.service.startBatchOperation({
        namespace,
        jobId: hand.id(jobId),
        reason,
        executions: ['in', 'also-in'].map((name) => ({ workflowId: hand.id(name) })),
        ...more,
      });
    const ended = async (jobId: string) => {
      // The real server runs a batch as a workflow, and the embedded one at once.
      if (hand.env === real) await real.client.workflow.getHandle(hand.id(jobId)).result();
      const description = await hand.service.describeBatchOperation({ namespace, jobId: hand.id(jobId) });
      const { operationType, state, identity, completeOperationCount, failureOperationCount } = description;
      return [
        operationType,
        state,
        identity,
        description.reason,
        `${completeOperationCount}`,
        `${failureOperationCount}`,
      ];
    };
    const values: unknown[] = [];
    await start('signal', { signalOperation: { signal: 's', identity: 'me' } });
    values.push(await ended('signal'));
    await start('cancel', { cancellationOperation: { identity: 'me' } });
    values.push(await ended('cancel'));
    await start('terminate', { terminationOperation: { identity: 'me' } });
    values.push(await ended('terminate'));
    const statuses = [];
    for (const name of ['in', 'also-in', 'out'])
      statuses.push((await hand.describe(name)).workflowExecutionInfo?.status);
    const types = (await hand.history('in')).events?.map(({ eventType }) => eventType);
    const refused = [
      await errorOf(start('signal', { signalOperation: { signal: 's', identity: 'me' } })),
      await errorOf(start('', { signalOperation: { signal: 's' }, jobId: '' })),
      await errorOf(start('no-reason', { signalOperation: { signal: 's' }, reason: '' })),
      await errorOf(hand.service.describeBatchOperation({ namespace, jobId: 'nowhere' })),
      await errorOf(hand.service.stopBatchOperation({ namespace, jobId: hand.id('signal'), reason })),
    ];
    return { values: [values, statuses, types, refused] };
  },
};

/** Calls an operation of an endpoint of its own. */
async function callOperation(hand: Hand, more: object = {}): Promise<void> {
  const name = `endpoint-${hand.ids}`;
  await hand.env.createNexusEndpoint(name, hand.taskQueue.name);
  await hand.start('w');
  await hand.step([
    {
      commandType: CommandType.COMMAND_TYPE_SCHEDULE_NEXUS_OPERATION,
      scheduleNexusOperationCommandAttributes: { endpoint: name, service: 's', operation: 'o', ...more },
    },
  ]);
}

/** Starts the workflow behind an operation, as a handler does, and answers with its start. */
async function startBehind(hand: Hand): Promise<void> {
  const { taskToken, request } = await hand.pollNexus();
  const { callback, callbackHeader, requestId } = request?.startOperation ?? {};
  await hand.start('behind', {
    requestId,
    completionCallbacks: [{ nexus: { url: callback, header: callbackHeader } }],
  });
  await hand.respondNexus(taskToken, { startOperation: { asyncSuccess: { operationToken: 'token' } } });
}

/** The next two workflow tasks: the caller's, about the start of its operation, and that of the workflow behind. */
async function pollBoth(hand: Hand) {
  const tasks = [await hand.poll(), await hand.poll()];
  const [behind, caller] = tasks[0]?.workflowExecution?.workflowId === hand.id('w') ? tasks.reverse() : tasks;
  return { behind: behind ?? {}, caller: caller ?? {} };
}

/** Ends the workflow behind an operation with `command`, and then the caller. */
async function endBehind(hand: Hand, command: NonNullable<Parameters<Hand['answer']>[1]>[number]) {
  await callOperation(hand);
  await startBehind(hand);
  const { caller, behind } = await pollBoth(hand);
  await hand.answer(caller);
  await hand.answer(behind, [command]);
  await hand.step([complete()]);
  return { histories: [await hand.history('w')] };
}

async function pending(hand: Hand): Promise<unknown> {
  const { pendingActivities } = await hand.describe('w');
  const [info] = pendingActivities ?? [];
  return { state: info?.state, attempt: info?.attempt, paused: info?.paused, by: info?.pauseInfo?.manual };
}

function optionsOf(options: temporal.api.activity.v1.IActivityOptions | null | undefined): unknown {
  return [
    options?.startToCloseTimeout?.seconds?.toString(),
    options?.scheduleToCloseTimeout?.seconds?.toString(),
    options?.retryPolicy?.maximumAttempts,
    options?.retryPolicy?.backoffCoefficient,
  ];
}

compareScenarios(embedded, real, scenarios);
