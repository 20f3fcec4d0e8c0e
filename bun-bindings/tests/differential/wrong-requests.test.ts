import { beforeAll, expect, test } from 'bun:test';
import type { WorkflowService } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { type TestWorkflowEnvironment, useTestEnvironment } from '../../src/testing/index.ts';
import { temporalCli } from '../support/dev-server.ts';

const { WorkflowIdReusePolicy: Reuse, WorkflowIdConflictPolicy: Conflict } = temporal.api.enums.v1;

const real = useTestEnvironment({ server: { executable: { type: 'existing-path', path: temporalCli() } } });
const embedded = useTestEnvironment({ embedded: true });

const namespace = 'default';
const LONG = 'x'.repeat(1_001);
const NO_RUN = '00000000-0000-4000-8000-000000000000';
const taskQueue = { name: 'nobody polls it' };
const workflowType = { name: 'anything' };
const open = { workflowId: 'open' };
const closed = { workflowId: 'closed' };
const missing = { workflowId: 'missing' };

type Call = (service: WorkflowService) => Promise<unknown>;

function start(more: temporal.api.workflowservice.v1.IStartWorkflowExecutionRequest): Call {
  return (service) =>
    service.startWorkflowExecution({
      namespace,
      workflowId: `new-${crypto.randomUUID()}`,
      workflowType,
      taskQueue,
      requestId: crypto.randomUUID(),
      ...more,
    });
}

function startOpen(more: temporal.api.workflowservice.v1.IStartWorkflowExecutionRequest): Call {
  return start({ ...open, ...more });
}

function startClosed(workflowIdReusePolicy: temporal.api.enums.v1.WorkflowIdReusePolicy): Call {
  return start({ ...closed, workflowIdReusePolicy });
}

const list =
  (query: string): Call =>
  (service) =>
    service.listWorkflowExecutions({ namespace, query });
const count =
  (query: string): Call =>
  (service) =>
    service.countWorkflowExecutions({ namespace, query });

/** Requests that a server refuses. Each is sent to the two servers, which have one open and one closed workflow. */
const requests: Record<string, Call> = {
  'a start in a namespace that is not there': start({ namespace: 'nowhere' }),
  'a start without a namespace': start({ namespace: '' }),
  'a start without a workflow id': start({ workflowId: '' }),
  'a start with a long workflow id': start({ workflowId: LONG }),
  'a start without a type': start({ workflowType: { name: '' } }),
  'a start with a long type': start({ workflowType: { name: LONG } }),
  'a start without a task queue': start({ taskQueue: { name: '' } }),
  'a start with a long task queue': start({ taskQueue: { name: LONG } }),
  'a start with a long request id': start({ requestId: LONG }),
  'a start with a negative timeout': start({ workflowRunTimeout: { seconds: -1 as never } }),
  'a start with a negative execution timeout': start({ workflowExecutionTimeout: { seconds: -1 as never } }),
  'a start with a negative delay': start({ workflowStartDelay: { seconds: -1 as never } }),
  'a start with a wrong cron schedule': start({ cronSchedule: 'sometimes' }),
  'a start with a delay and a cron schedule': start({
    cronSchedule: '* * * * *',
    workflowStartDelay: { seconds: 1 as never },
  }),
  'a start with a shrinking retry policy': start({ retryPolicy: { backoffCoefficient: 0.5 } }),
  'a start with a negative number of attempts': start({ retryPolicy: { maximumAttempts: -1 } }),
  'a start with an interval below the first': start({
    retryPolicy: { initialInterval: { seconds: 10 as never }, maximumInterval: { seconds: 1 as never } },
  }),
  'a start with an unknown search attribute': start({
    searchAttributes: { indexedFields: { Unheard: { data: Buffer.from('1') } } },
  }),
  'a start that terminates and fails': start({
    workflowIdReusePolicy: Reuse.WORKFLOW_ID_REUSE_POLICY_TERMINATE_IF_RUNNING,
    workflowIdConflictPolicy: Conflict.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
  }),
  'a second start': startOpen({}),
  'a second start that fails on conflict': startOpen({
    workflowIdConflictPolicy: Conflict.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
  }),
  'a second start where duplicates are rejected': startOpen({
    workflowIdReusePolicy: Reuse.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
  }),
  'a start after one, where duplicates are rejected': startClosed(Reuse.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE),
  'a signal to no workflow': (service) =>
    service.signalWorkflowExecution({ namespace, workflowExecution: missing, signalName: 's' }),
  'a signal to a closed workflow': (service) =>
    service.signalWorkflowExecution({ namespace, workflowExecution: closed, signalName: 's' }),
  'a signal without a name': (service) => service.signalWorkflowExecution({ namespace, workflowExecution: open }),
  'a signal with a long name': (service) =>
    service.signalWorkflowExecution({ namespace, workflowExecution: open, signalName: LONG }),
  'a signal without a workflow': (service) => service.signalWorkflowExecution({ namespace, signalName: 's' }),
  'a signal to a wrong run id': (service) =>
    service.signalWorkflowExecution({
      namespace,
      workflowExecution: { ...open, runId: 'not a run' },
      signalName: 's',
    }),
  'a signal to a run that is not there': (service) =>
    service.signalWorkflowExecution({
      namespace,
      workflowExecution: { ...open, runId: NO_RUN },
      signalName: 's',
    }),
  'a signal that starts without a name': (service) =>
    service.signalWithStartWorkflowExecution({ namespace, ...missing, workflowType, taskQueue }),
  'a cancellation of no workflow': (service) =>
    service.requestCancelWorkflowExecution({ namespace, workflowExecution: missing }),
  'a cancellation of a closed workflow': (service) =>
    service.requestCancelWorkflowExecution({ namespace, workflowExecution: closed }),
  'a cancellation of another chain': (service) =>
    service.requestCancelWorkflowExecution({ namespace, workflowExecution: open, firstExecutionRunId: NO_RUN }),
  'a termination of no workflow': (service) =>
    service.terminateWorkflowExecution({ namespace, workflowExecution: missing }),
  'a termination of a closed workflow': (service) =>
    service.terminateWorkflowExecution({ namespace, workflowExecution: closed }),
  'a termination of another chain': (service) =>
    service.terminateWorkflowExecution({ namespace, workflowExecution: open, firstExecutionRunId: NO_RUN }),
  'a description of no workflow': (service) => service.describeWorkflowExecution({ namespace, execution: missing }),
  'a description of a wrong run id': (service) =>
    service.describeWorkflowExecution({ namespace, execution: { ...open, runId: 'not a run' } }),
  'a description of a run that is not there': (service) =>
    service.describeWorkflowExecution({ namespace, execution: { ...open, runId: NO_RUN } }),
  'a history of a run that is not there': (service) =>
    service.getWorkflowExecutionHistory({ namespace, execution: { ...open, runId: NO_RUN } }),
  'a history of no workflow': (service) => service.getWorkflowExecutionHistory({ namespace, execution: missing }),
  'a history from a wrong page': (service) =>
    service.getWorkflowExecutionHistory({ namespace, execution: open, nextPageToken: Buffer.from('x') }),
  'a deletion of no workflow': (service) => service.deleteWorkflowExecution({ namespace, workflowExecution: missing }),
  'a query to no workflow': (service) =>
    service.queryWorkflow({ namespace, execution: missing, query: { queryType: 'q' } }),
  'a query without a type': (service) => service.queryWorkflow({ namespace, execution: open, query: {} }),
  'an update of no workflow': (service) =>
    service.updateWorkflowExecution({
      namespace,
      workflowExecution: missing,
      request: { meta: { updateId: 'u' }, input: { name: 'u' } },
      waitPolicy: { lifecycleStage: 2 },
    }),
  'an update of a closed workflow': (service) =>
    service.updateWorkflowExecution({
      namespace,
      workflowExecution: closed,
      request: { meta: { updateId: 'u' }, input: { name: 'u' } },
      waitPolicy: { lifecycleStage: 2 },
    }),
  'an update without a name': (service) =>
    service.updateWorkflowExecution({
      namespace,
      workflowExecution: open,
      request: { meta: { updateId: 'u' }, input: {} },
    }),
  'an update without an id': (service) =>
    service.updateWorkflowExecution({ namespace, workflowExecution: open, request: { input: { name: 'u' } } }),
  'a result of an unknown update': (service) =>
    service.pollWorkflowExecutionUpdate({
      namespace,
      updateRef: { workflowExecution: open, updateId: 'unheard' },
      waitPolicy: { lifecycleStage: 2 },
    }),
  'a list by an unknown attribute': list("Unheard = '1'"),
  'a list by a broken query': list('WorkflowId = '),
  'a list by something that is no query': list('a list, please'),
  'a list by an unknown status': list("ExecutionStatus = 'Tired'"),
  'a list by a wrong time': list("StartTime > 'yesterday'"),
  'a list by an order': list("WorkflowId = 'a' ORDER BY StartTime"),
  'a list with a join': list("WorkflowId = 'a' GROUP BY WorkflowType"),
  'a list by a text without an end': list("WorkflowId = 'a"),
  'a list by half a range': list('StartTime BETWEEN 1'),
  'a list by a negated nothing': list('WorkflowId NOT 1'),
  'a list by a wrong time in a set': list("CloseTime IN ('never')"),
  'a signal without a namespace': (service) =>
    service.signalWorkflowExecution({ workflowExecution: open, signalName: 's' }),
  'a count by an unknown group': count('GROUP BY Unheard'),
  'a count by two groups': count('GROUP BY ExecutionStatus, WorkflowType'),
  'a list in a namespace that is not there': (service) =>
    service.listWorkflowExecutions({ namespace: 'nowhere', query: '' }),
  'a poll without a task queue': (service) => service.pollWorkflowTaskQueue({ namespace, identity: 'me' }),
  'a poll in a namespace that is not there': (service) =>
    service.pollActivityTaskQueue({ namespace: 'nowhere', taskQueue, identity: 'me' }),
  'a workflow task without a token': (service) => service.respondWorkflowTaskCompleted({ namespace }),
  'a workflow task with a wrong token': (service) =>
    service.respondWorkflowTaskCompleted({ namespace, taskToken: Buffer.from('x') }),
  'an activity without a token': (service) => service.respondActivityTaskCompleted({ namespace }),
  'an activity with a wrong token': (service) =>
    service.respondActivityTaskCompleted({ namespace, taskToken: Buffer.from('x') }),
  'an activity of no workflow': (service) =>
    service.respondActivityTaskCompletedById({ namespace, ...missing, activityId: 'a' }),
  'an unknown activity': (service) => service.respondActivityTaskCompletedById({ namespace, ...open, activityId: 'a' }),
  'a heartbeat of an unknown activity': (service) =>
    service.recordActivityTaskHeartbeatById({ namespace, ...open, activityId: 'a' }),
  'a heartbeat without an activity id': (service) => service.recordActivityTaskHeartbeatById({ namespace, ...open }),
  'a description of no namespace': (service) => service.describeNamespace({ namespace: 'nowhere' }),
  'a namespace without a name': (service) =>
    service.registerNamespace({ workflowExecutionRetentionPeriod: { seconds: 86_400 as never } }),
  'a namespace that is there': (service) =>
    service.registerNamespace({ namespace, workflowExecutionRetentionPeriod: { seconds: 86_400 as never } }),
  'a namespace without a retention': (service) => service.registerNamespace({ namespace: 'new' }),
  'a task queue without a name': (service) => service.describeTaskQueue({ namespace }),
};

beforeAll(async () => {
  for (const env of [embedded, real]) {
    await start(open)(env.nativeConnection.workflowService);
    await start(closed)(env.nativeConnection.workflowService);
    await env.nativeConnection.workflowService.terminateWorkflowExecution({ namespace, workflowExecution: closed });
  }
});

test.each(Object.entries(requests))('%s', async (_, call) => {
  const [ours, theirs] = await Promise.all([refusal(embedded, call), refusal(real, call)]);
  expect(ours).toEqual(theirs);
});

async function refusal({ nativeConnection }: TestWorkflowEnvironment, call: Call): Promise<unknown> {
  try {
    await call(nativeConnection.workflowService);
    return 'accepted';
  } catch (error) {
    const { code, details } = error as { code: number; details: string };
    return { code, message: details.replace(UUID, 'uuid') };
  }
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
