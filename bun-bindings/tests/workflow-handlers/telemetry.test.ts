import { describe, expect, mock, setDefaultTimeout, spyOn, test } from 'bun:test';
import type { LogMetadata } from '@temporalio/common';
import { defineSearchAttributeKey, TypedSearchAttributes } from '@temporalio/common';
import type { WorkflowInfo } from '@temporalio/workflow';
import { Runtime } from '../../src/runtime/runtime.ts';
import type { InjectedSinks } from '../../src/worker/sinks/sinks.ts';
import * as workflows from '../fixtures/handlers/telemetry.ts';
import { freePort } from '../support/free-port.ts';
import { rejectionOf, start, taskFailure } from '../support/observe.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { useServer } from '../support/test-server.ts';
import { withWorker } from '../support/test-worker.ts';
import { useWorker } from '../support/use-worker.ts';

setDefaultTimeout(30_000);
const logger = new RecordingLogger();
const bindAddress = `127.0.0.1:${freePort()}`;
Runtime.install({ logger, telemetryOptions: { metrics: { prometheus: { bindAddress } } } });
const colour = defineSearchAttributeKey('Colour', 'KEYWORD');
const server = useServer({ searchAttributes: [colour] });
const workflowsPath = `${import.meta.dir}/../fixtures/handlers/telemetry.ts`;

/** Returns the lines that were logged of a workflow, by its own code or by the worker. */
function linesOf(workflowId: string, component: 'workflow' | 'worker') {
  return logger.lines.filter(({ meta }) => meta?.workflowId === workflowId && meta.sdkComponent === component);
}

/** The samples of a metric for a task queue: their labels, without those that all have, and their value. */
async function scrape(metric: string, taskQueue: string): Promise<Record<string, number>> {
  const text = await (await fetch(`http://${bindAddress}/metrics`)).text();
  const samples = text.split('\n').filter((line) => line.startsWith(`${metric}{`) && line.includes(taskQueue));
  return Object.fromEntries(
    samples.map((sample) => {
      const labels = [...sample.matchAll(/(\w+)="([^"]*)"/g)]
        .filter(([, name]) => !['taskQueue', 'task_queue', 'namespace', 'service_name'].includes(name ?? ''))
        .map(([, name, value]) => `${name}=${value}`);
      return [labels.toSorted().join(' '), Number(sample.slice(sample.lastIndexOf(' ')))];
    }),
  );
}

/** With runs that stay in the cache, and with runs that are replayed for every task. */
describe.each([
  ['with a cache', {}],
  ['without a cache', { maxCachedWorkflows: 0 }],
  ['in debug mode, without a cache', { maxCachedWorkflows: 0, debugMode: true }],
])('%s', (_name, cache) => {
  interface Told {
    sink: string;
    info: WorkflowInfo;
    values: unknown[];
  }
  const told: Told[] = [];
  const tell =
    (sink: string) =>
    (info: WorkflowInfo, ...values: unknown[]) =>
      void told.push({ sink, info, values });
  const sinks: InjectedSinks<Omit<workflows.TestSinks, 'nobody'>> = {
    first: { tell: { fn: tell('first.tell') }, always: { fn: tell('first.always'), callDuringReplay: true } },
    second: {
      tell: { fn: tell('second.tell') },
      fails: {
        fn(_info, how) {
          if (how === 'throws') throw new RangeError('the sink threw');
          return Promise.reject(new RangeError('the sink rejected'));
        },
      },
    },
  };
  const worker = useWorker(server, { workflowsPath, sinks, ...cache });
  const toldOf = (workflowId: string) => told.filter(({ info }) => info.workflowId === workflowId);

  test.concurrent('each line that a workflow logs comes once, wherever it logs it', async () => {
    const { taskQueue } = worker;
    const handle = await start(worker, workflows.logging, []);
    expect(await handle.query(workflows.status)).toBe('fine');
    await handle.executeUpdate(workflows.approve, { args: [true], updateId: 'the update' });
    await rejectionOf(handle.executeUpdate(workflows.approve, { args: [false] }));
    await handle.signal(workflows.finish);
    await handle.result();
    const lines = linesOf(handle.workflowId, 'workflow');
    const metaOf = (message: string) => lines.find((line) => line.message === message)?.meta as LogMetadata;

    expect(lines.map(({ level, message }) => `${level} ${message}`).toSorted()).toEqual(
      [
        'TRACE a trace',
        'DEBUG for debugging',
        'WARN a warning',
        'ERROR an error',
        'INFO after a timer',
        'INFO in a query handler',
        'INFO in a validator',
        'INFO in a validator',
        'INFO in an update handler',
        'INFO later in an update handler',
        'INFO in a signal handler',
        'INFO at the end',
      ].toSorted(),
    );
    const { workflowId, firstExecutionRunId: runId } = handle as typeof handle & { firstExecutionRunId: string };
    const common = { namespace: 'default', taskQueue, workflowId, runId, workflowType: 'logging' };
    expect(metaOf('after a timer')).toEqual({ ...common, sdkComponent: 'workflow' });
    expect(metaOf('for debugging')).toMatchObject({ ...common, nested: { list: [1, 2] } });
    expect(metaOf('a warning').error).toMatchObject({ message: 'logged' });
    for (const message of ['in an update handler', 'later in an update handler']) {
      expect(metaOf(message)).toMatchObject({ updateId: 'the update', updateName: 'approve' });
    }
    // Its own attributes win over those of the workflow.
    const replaced = logger.lines.find(
      ({ message, meta }) => message === 'for your information' && meta?.runId === runId,
    );
    expect(replaced?.meta).toMatchObject({ workflowId: 'replaced', when: new Date(5), bytes: new Uint8Array([1]) });

    const lifecycle = linesOf(handle.workflowId, 'worker').map(({ level, message }) => `${level} ${message}`);
    expect(lifecycle.filter((line) => line.includes('Workflow '))).toEqual([
      'DEBUG Workflow started',
      'DEBUG Workflow completed',
    ]);
  });

  test.concurrent('lines of a task that fails are not lost', async () => {
    const handle = await start(worker, workflows.stumbling, []);
    await taskFailure(worker, handle);
    await handle.terminate();
    const messages = linesOf(handle.workflowId, 'workflow').map(({ message }) => message);
    expect(messages.slice(0, 2)).toEqual(['before it stumbles', 'as it stumbles']);
    expect(messages.filter((message) => message === 'before it stumbles')).toHaveLength(1);
  });

  test.concurrent('metrics are exported, and replay does not count', async () => {
    const handle = await start(worker, workflows.measuring, []);
    await handle.result();
    const values = (metric: string) => scrape(metric, worker.taskQueue);
    expect(await values('handlers_counted')).toEqual({
      'kind=small workflowType=measuring': 4,
      'kind=big workflowType=measuring': 20,
    });
    expect(await values('handlers_sized_count')).toEqual({ 'workflowType=measuring': 2 });
    expect(await values('handlers_sized_sum')).toEqual({ 'workflowType=measuring': 60 });
    expect(await values('handlers_timed_count')).toEqual({ 'fast=true workflowType=measuring': 2 });
    expect(await values('handlers_timed_sum')).toEqual({ 'fast=true workflowType=measuring': 0.5 });
    expect(await values('handlers_level')).toEqual({ 'workflowType=measuring': 8 });
    expect(await values('handlers_share')).toEqual({ 'workflowType=measuring': 0.5 });
  });

  test.concurrent('sinks are called in the order of the workflow, in replay only those that ask for it', async () => {
    const handle = await start(worker, workflows.sinking, []);
    await handle.result();
    const calls = toldOf(handle.workflowId);
    const live = calls.filter(({ info }) => !info.unsafe.isReplayingHistoryEvents);
    const [, , { values: rich = [] } = {}] = live;
    expect(live.map(({ sink, values: [value] }) => [sink, value])).toEqual([
      ['first.tell', 1],
      ['first.always', 'start'],
      ['second.tell', rich[0]],
      ['first.tell', 'after second'],
      ['first.always', 'timer'],
      ['second.tell', 'timer'],
      ['first.tell', 'timer'],
      ['first.always', 'end'],
      ['second.tell', 'end'],
    ]);
    expect(live[0]?.values).toEqual([1, 'two', { three: [3] }, null, undefined, 4n]);
    const replayed = calls.filter(({ info }) => info.unsafe.isReplayingHistoryEvents).map(({ values }) => values[0]);
    expect(replayed).toEqual('maxCachedWorkflows' in cache ? ['start', 'start', 'timer'] : []);

    expect(await handle.query(workflows.status)).toBe('asked');
    const asked = toldOf(handle.workflowId).filter(({ values: [value] }) => value === 'query');
    expect(asked.map(({ sink }) => sink)).toEqual(['first.tell']);
  });

  test.concurrent('what a sink is given is a copy, of the same kind', async () => {
    const handle = await start(worker, workflows.sinking, []);
    await handle.result();
    const [date, map, bytes, error] =
      toldOf(handle.workflowId).find(({ sink }) => sink === 'second.tell')?.values ?? [];
    expect(date).toEqual(new Date(5));
    expect(map).toEqual(new Map([['a', new Set([1])]]));
    expect(bytes).toEqual(new Uint8Array([6]));
    expect((error as Error).message).toBe('seven');
    expect([date, map, bytes, error].map((value) => Object.prototype.toString.call(value))).toEqual(
      ['Date', 'Map', 'Uint8Array', 'Error'].map((name) => `[object ${name}]`),
    );
  });

  test.concurrent('sinks that fail or are not there are logged, and the workflow does not notice', async () => {
    const handle = await start(worker, workflows.sinking, []);
    await handle.result();
    const errors = logger.lines.filter(
      ({ level, meta }) => level === 'ERROR' && meta?.workflowId === handle.workflowId,
    );
    expect(
      errors
        .map(({ message, meta }) => [message, `${meta?.ifaceName}.${meta?.fnName}`, meta?.error?.message])
        .toSorted(),
    ).toEqual([
      ['External sink function threw an error', 'second.fails', 'the sink rejected'],
      ['External sink function threw an error', 'second.fails', 'the sink threw'],
      ['Workflow referenced an unregistered external sink', 'nobody.listens', undefined],
    ]);
  });

  test.concurrent('a sink is told of the workflow as it was at the call', async () => {
    const handle = await start(worker, workflows.introducing, [], {
      memo: { note: 'x' },
      typedSearchAttributes: [{ key: colour, value: 'green' }],
      workflowRunTimeout: '1 minute',
    });
    const itself = await handle.result();
    const info = toldOf(handle.workflowId)[0]?.info as WorkflowInfo;
    expect(JSON.parse(JSON.stringify(info))).toEqual(itself);
    expect(info).toMatchObject({ workflowType: 'introducing', memo: { note: 'x' }, runTimeoutMs: 60_000 });
    expect(info.startTime).toBeInstanceOf(Date);
    expect(info.typedSearchAttributes).toBeInstanceOf(TypedSearchAttributes);
    expect(info.typedSearchAttributes.get(colour)).toBe('green');
    expect(info.unsafe.now()).toBeGreaterThan(info.startTime.getTime());
    expect(info.unsafe.random.uuid4()).not.toBe(info.unsafe.random.uuid4());
  });
});

test('a line with a value that cannot leave the workflow shows it as text', async () => {
  await withWorker(server, { workflowsPath }, async (worker) => {
    const handle = await start(worker, workflows.logsFunction, []);
    await handle.result();
    const [line] = linesOf(handle.workflowId, 'workflow');
    expect(line).toMatchObject({ message: 'a function', meta: { callback: '[Function: callback]' } });
  });
});

test('a sink of the logger takes the lines in the place of the logger', async () => {
  const info = mock();
  const sinks = { defaultWorkerLogger: { info: { fn: info } } };
  await withWorker(server, { workflowsPath, sinks }, async (worker) => {
    const handle = await start(worker, workflows.logging, []);
    await handle.signal(workflows.finish);
    await handle.result();
    const messages = info.mock.calls.map(([, message]) => message);
    expect(messages.toSorted()).toEqual(
      ['for your information', 'in a signal handler', 'after a timer', 'at the end'].toSorted(),
    );
    expect(linesOf(handle.workflowId, 'workflow').filter(({ level }) => level === 'INFO')).toEqual([]);
  });
});

test('what a workflow prints is printed once, marked with the workflow', async () => {
  const levels = ['log', 'info', 'debug', 'warn', 'error'] as const;
  const spies = levels.map((level) => spyOn(console, level).mockImplementation(() => {}));
  try {
    // In debug mode workflows print where this test can see it.
    const options = { workflowsPath, maxCachedWorkflows: 0, debugMode: true };
    const workflowId = crypto.randomUUID();
    await withWorker(server, options, async (worker) => {
      await (await start(worker, workflows.printing, [], { workflowId })).result();
    });
    const mark = `[printing(${workflowId})]`;
    const printed = spies.map((spy) => spy.mock.calls.filter(([first]) => first === mark));
    expect(printed).toEqual(
      levels.map((level) => [
        [mark, level, { level }, [1]],
        ...(level === 'log' ? [[mark, 'again', '[not cloneable]', '[not cloneable]', 'a symbol']] : []),
      ]),
    );
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
});
