import { describe, expect, setDefaultTimeout, spyOn, test } from 'bun:test';
import { Client, WithStartWorkflowOperation, type WorkflowClientInterceptor } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time';
import type { ActivityInterceptorsFactory } from '../../src/interceptors.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import { callerOf, withCaller } from '../fixtures/handlers/headers.ts';
import * as workflows from '../fixtures/handlers/intercepted.ts';
import * as activities from '../fixtures/handlers/interceptor-activities.ts';
import { freePort } from '../support/free-port.ts';
import { attributesOf, rejectionOf, start } from '../support/observe.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { useServer } from '../support/test-server.ts';
import { type RunningWorker, withWorker } from '../support/test-worker.ts';
import { useWorker } from '../support/use-worker.ts';
import { brokenInterceptorTests } from './broken-interceptors.ts';
import { pluginTests } from './plugins.ts';
import { tracingTests } from './tracing.ts';

setDefaultTimeout(30_000);
const logger = new RecordingLogger();
const bindAddress = `127.0.0.1:${freePort()}`;
Runtime.install({ logger, telemetryOptions: { metrics: { prometheus: { bindAddress } } } });
const server = useServer();

/** Says in the headers of each call of a client that it is that client's. */
function naming(client: string): WorkflowClientInterceptor {
  const headersBy = <I extends { headers: Parameters<typeof withCaller>[0] }>(input: I, call: string): I => ({
    ...input,
    headers: withCaller(input.headers, `${client}'s ${call}`),
  });
  return {
    startWithDetails: (input, next) => next(headersBy(input, 'start')),
    signal: (input, next) => next(headersBy(input, 'signal')),
    signalWithStart: (input, next) => next(headersBy(input, 'signalWithStart')),
    query: (input, next) => next(headersBy(input, 'query')),
    startUpdate: (input, next) => next(headersBy(input, 'update')),
    startUpdateWithStart: (input, next) =>
      next({
        ...input,
        workflowStartHeaders: withCaller(input.workflowStartHeaders, `${client}'s start with update`),
        updateHeaders: withCaller(input.updateHeaders, `${client}'s update with start`),
      }),
  };
}

/** Names the caller in what the activity gives back, and tags its logs and metrics. */
const activity: ActivityInterceptorsFactory = ({ info }) => ({
  inbound: {
    async execute(input, next) {
      const result = await next({ ...input, args: info.activityType === 'echo' ? [`${input.args[0]}?`] : input.args });
      return result === undefined ? result : `${result} by ${callerOf(input.headers)}`;
    },
  },
  outbound: {
    getLogAttributes: (input, next) => next({ ...input, tenant: `of ${info.activityType}` }),
    getMetricTags: (input, next) => next({ ...input, tenant: 'of an activity' }),
  },
});

const fixtures = `${import.meta.dir}/../fixtures/handlers`;
const workflowsPath = `${fixtures}/intercepted.ts`;

/** With runs that stay in the cache, and with runs that are replayed for every task. */
describe.each([
  ['with a cache', {}],
  ['without a cache', { maxCachedWorkflows: 0 }],
])('%s', (_name, cache) => {
  const workflowModules = [`${fixtures}/outer-interceptors.ts`, `${fixtures}/interceptors.ts`];
  const worker = useWorker(server, {
    workflowsPath,
    activities,
    interceptors: { workflowModules, activity: [activity], client: { workflow: [naming('activity')] } },
    ...cache,
  });
  /** The worker, with a client whose calls are intercepted. */
  const running = (): RunningWorker => {
    const { connection } = worker.client;
    const client = new Client({ connection, interceptors: { workflow: [naming('test')] } });
    return { worker: worker.worker, client, taskQueue: worker.taskQueue };
  };

  test('calls into a workflow, with the headers of the client', async () => {
    const { client, taskQueue } = running();
    const handle = await start(running(), workflows.poked, [2]);
    expect(await handle.query<unknown, [string]>('recall', 'a')).toEqual({
      answer: ['a', 'recall'],
      queryId: true,
      caller: "test's query",
    });
    const ask = (text: string) => handle.executeUpdate(workflows.agree, { args: [text], updateId: text });
    expect(await ask('this')).toBe('agreed to this!, intercepted');
    expect((await rejectionOf(ask('refused by interceptor'))).cause).toMatchObject({
      message: "refused, by test's update",
    });
    expect((await rejectionOf(ask('nothing'))).cause).toMatchObject({ message: 'refused by the validator' });
    await handle.signal(workflows.poke, 'one');
    await client.workflow.signalWithStart(workflows.poked, {
      taskQueue,
      workflowId: handle.workflowId,
      args: [0],
      signal: workflows.poke,
      signalArgs: ['two'],
    });
    const { pokes, more, calls } = await handle.result();
    expect(pokes).toEqual(['one!', 'two!']);
    expect(more).toEqual(['from execute']);
    expect(calls.filter((call: string) => call !== 'handled poke')).toEqual([
      'activate 0',
      'outer execute',
      "execute, by test's start",
      "handleUpdate agree this this by test's update",
      "handleSignal poke one by test's signal",
      "handleSignal poke two by test's signalWithStart",
      'executed',
      'outer executed',
    ]);
  });

  test('calls that start a workflow with a signal or an update', async () => {
    const { client, taskQueue } = running();
    const signalled = await client.workflow.signalWithStart(workflows.poked, {
      taskQueue,
      workflowId: crypto.randomUUID(),
      args: [1],
      signal: workflows.poke,
      signalArgs: ['first'],
    });
    expect((await signalled.result()).calls).toEqual(
      expect.arrayContaining([
        "execute, by test's signalWithStart",
        "handleSignal poke first by test's signalWithStart",
      ]),
    );
    const startWorkflowOperation = new WithStartWorkflowOperation(workflows.poked, {
      taskQueue,
      workflowId: crypto.randomUUID(),
      args: [1],
      workflowIdConflictPolicy: 'FAIL',
    });
    const answer = await client.workflow.executeUpdateWithStart(workflows.agree, {
      args: ['it'],
      updateId: 'id',
      startWorkflowOperation,
    });
    expect(answer).toBe('agreed to it!, intercepted');
    const updated = await startWorkflowOperation.workflowHandle();
    await updated.signal(workflows.poke, 'end');
    const { calls } = await updated.result();
    expect(calls).toContain("execute, by test's start with update");
    expect(calls).toContain("handleUpdate agree id it by test's update with start");
  });

  test('calls out of a workflow, with headers that arrive at the other end', async () => {
    const { taskQueue } = worker;
    const handle = await start(running(), workflows.outgoing, []);
    const { predecessor, calls } = await handle.result();
    expect(predecessor).toEqual([
      'activate 0',
      'outer execute',
      "execute, by test's start",
      'scheduleActivity echo activity',
      'activity!? by workflow outgoing, intercepted',
      'scheduleLocalActivity echo local 1',
      'local!? by workflow outgoing, intercepted',
      'startTimer 3600000',
      'fired',
      'startNexusOperation post letters write a letter',
      'a token: answer to a letter',
      'startChildWorkflowExecution pokedChild 3',
      'signalWorkflow child poke from the parent',
      'signalWorkflow external poke from outside',
      expect.stringMatching(/^scheduleActivity signalFromActivity /),
      `child: ${[
        ...['from the parent!', 'from outside!', 'from an activity!'],
        'execute, by workflow outgoing',
        'handleSignal poke from the parent by workflow outgoing',
        'handleSignal poke from outside by workflow outgoing',
        "handleSignal poke from an activity by activity's signal",
      ].join('; ')}, intercepted`,
      'continueAsNew outgoing',
    ]);
    expect(calls.slice(0, 3)).toEqual(['activate 0', 'outer execute', 'execute, by workflow outgoing']);

    const first = worker.client.workflow.getHandle(handle.workflowId, handle.firstExecutionRunId);
    const [timer] = await attributesOf(first, 'timerStartedEventAttributes');
    // Two by the interceptor of the timer, and one more by the one of the commands.
    expect(tsToMs(timer?.startToFireTimeout)).toBe(3);

    const line = (message: string) =>
      logger.lines.find(({ message: logged, meta }) => logged === message && meta?.taskQueue === taskQueue)?.meta;
    expect(line('a workflow speaks')).toMatchObject({ tenant: 'by an interceptor', outer: true, taskQueue });
    expect(line('an activity speaks')).toMatchObject({ tenant: 'of echo' });

    const metrics = await (await fetch(`http://${bindAddress}/metrics`)).text();
    const sample = (metric: string) =>
      metrics.split('\n').find((text) => text.startsWith(`${metric}{`) && text.includes(taskQueue));
    expect(sample('handlers_intercepted')).toMatch(/tenant="intercepted".* 1$/);
    expect(sample('handlers_echoed')).toMatch(/tenant="of an activity".* 2$/);
  });

  tracingTests(server, logger, cache);
});

test('interceptors learn that a run leaves the memory', async () => {
  const printed = spyOn(console, 'log').mockImplementation(() => {});
  try {
    // In debug mode workflows print where this test can see it.
    const options = {
      workflowsPath,
      activities,
      interceptors: { workflowModules: [`${fixtures}/interceptors.ts`] },
      debugMode: true,
    };
    const workflowId = crypto.randomUUID();
    await withWorker(server, options, async (worker) => {
      const handle = await start(worker, workflows.brief, [], { workflowId });
      await handle.result();
    });
    const lines = printed.mock.calls.map((call) => call.join(' ')).filter((line) => line.includes('disposed of'));
    expect(lines).toEqual([`[brief(${workflowId})] disposed of executed`]);
  } finally {
    printed.mockRestore();
  }
});

describe('an interceptor that throws in', () => brokenInterceptorTests(server, logger));
describe('plugins', () => pluginTests(server));
