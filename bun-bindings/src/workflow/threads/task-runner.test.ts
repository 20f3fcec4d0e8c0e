import { beforeEach, expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import { coresdk } from '@temporalio/proto';
import { IsolateDriver, query, startJob } from '../../../tests/support/isolate-driver.ts';
import type { CompletionQueue, TaskStream } from '../../native/completion-queue.ts';
import type { NativeBridgeError } from '../../native/error.ts';
import type { NativeWorker } from '../../native/worker.ts';
import type { WorkflowCodec } from '../codec/workflow-codec.ts';
import type { SerializedSinkCall } from './serialize.ts';
import { type Eviction, type RunnerEvents, TaskRunner } from './task-runner.ts';

// Some wait for the time limit of the isolate, more than once.
setDefaultTimeout(20_000);

const { WorkflowActivation } = coresdk.workflow_activation;
const { WorkflowActivationCompletion } = coresdk.workflow_completion;
type Completion = coresdk.workflow_completion.WorkflowActivationCompletion;

/** The native side, as far as a runner sees it. */
class FakeNative {
  readonly completions: Completion[] = [];
  readonly queue = { close: () => this.log.push('queue closed') } as unknown as CompletionQueue;
  stream: TaskStream | undefined;
  readonly log: string[];
  /** Those who wait for the completion of a run. */
  readonly #waiting = new Map<string, (completion: Completion) => void>();

  constructor(log: string[]) {
    this.log = log;
  }

  /** Resolves when core has taken the completions that are waited for. */
  readonly taken = Promise.withResolvers<void>();

  readonly worker = {
    attachWorkflowQueue: (_queue: CompletionQueue, stream: TaskStream) => {
      this.stream = stream;
    },
    completeWorkflowTaskQuietly: (_queue: CompletionQueue, bytes: Uint8Array) => {
      this.log.push('answered');
      const completion = WorkflowActivationCompletion.decode(bytes);
      this.completions.push(completion);
      this.#waiting.get(completion.runId)?.(completion);
    },
    completeWorkflowTask: async (queue: CompletionQueue, bytes: Uint8Array) => {
      this.worker.completeWorkflowTaskQuietly(queue, bytes);
      await this.taken.promise;
    },
    requestWorkflowEviction: (runId: string) => this.log.push(`eviction of ${runId} requested`),
  } as unknown as NativeWorker;

  /** Sends an activation, and waits for its completion. */
  send(runId: string, jobs: coresdk.workflow_activation.IWorkflowActivationJob[], options = {}): Promise<Completion> {
    const { promise, resolve } = Promise.withResolvers<Completion>();
    this.#waiting.set(runId, resolve);
    const activation = { runId, timestamp: { seconds: 1000 as never }, jobs, ...options };
    this.stream?.onTask(WorkflowActivation.encode(activation).finish());
    return promise;
  }
}

let log: string[];
let sinkCalls: SerializedSinkCall[][];
/** Resolves when the sinks are to be done with what they were told. */
let sinksDone: Promise<void>;
let evictions: Eviction[];
let fatal: unknown[];
let ended: PromiseWithResolvers<void>;
beforeEach(() => {
  log = [];
  sinkCalls = [];
  sinksDone = Promise.resolve();
  evictions = [];
  fatal = [];
  ended = Promise.withResolvers();
});

interface Options {
  codec?: WorkflowCodec;
  logLevel?: 'DEBUG' | 'INFO';
  duringReplay?: string[];
  workflows?: string;
  awaitsEvictions?: boolean;
}

async function run({ codec, workflows = 'isolate-workflows', awaitsEvictions, ...sinks }: Options = {}) {
  const workflowsPath = join(import.meta.dir, `../../../tests/fixtures/${workflows}.ts`);
  const { host } = await IsolateDriver.open({ workflowsPath });
  const native = new FakeNative(log);
  const events: RunnerEvents = {
    onSinkCalls: (calls) => {
      sinkCalls.push(structuredClone(calls));
      return sinksDone.then(() => void log.push('sinks called'));
    },
    onEviction: (eviction) => evictions.push(eviction),
    onFatal: (error) => fatal.push(error),
    onWarning: (message, error) => log.push(`${message}: ${(error as Error).message}`),
    onLoad: (cachedRuns, underWay) => log.push(`${cachedRuns} cached, ${underWay} under way`),
    onEnd: () => {
      log.push('ended');
      ended.resolve();
    },
  };
  const { worker, queue } = native;
  const runner = new TaskRunner({ worker, queue, host, codec, sinks, awaitsEvictions, events });
  return { native, runner };
}

test('a task is completed under its run, and the load is told', async () => {
  const { native, runner } = await run();
  const { runId, successful } = await native.send('r', [startJob('hello', ['Ada'], 'r')]);
  expect(runId).toBe('r');
  expect(successful?.commands?.[0]?.scheduleActivity?.activityType).toBe('greet');
  expect(log[0]).toBe('0 cached, 1 under way');
  runner.stop();
});

test('an eviction is answered and told', async () => {
  const { native, runner } = await run();
  await native.send('r', [startJob('hello', ['Ada'], 'r')]);
  const { successful, failed } = await native.send('r', [{ removeFromCache: { reason: 3, message: 'why' } }]);
  expect([successful?.commands, failed]).toEqual([[], null]);
  expect(evictions).toEqual([{ runId: 'r', reason: 3, message: 'why' }]);
  runner.stop();
});

test('an eviction that is awaited is told when core has taken its answer', async () => {
  const { native, runner } = await run({ awaitsEvictions: true });
  await native.send('r', [startJob('hello', ['Ada'], 'r')]);
  await native.send('r', [{ removeFromCache: { reason: 3, message: 'why' } }]);
  await native.send('other', [startJob('hello', ['Bob'], 'other')]);
  expect(evictions).toEqual([]);
  native.taken.resolve();
  await runner.onEnd();
  expect(evictions).toEqual([{ runId: 'r', reason: 3, message: 'why' }]);
});

test('runs whose realm was spoiled by another are evicted', async () => {
  const { native, runner } = await run({ workflows: 'spoiling-workflows' });
  await native.send('bystander', [startJob('bystander', [], 'bystander')]);
  const { failed } = await native.send('spoiler', [startJob('spoils', [], 'spoiler')]);
  expect(failed?.failure?.message).toContain('reuseV8Context: false');
  expect(log).toContain('eviction of bystander requested');
  runner.stop();
});

test('sink calls that nobody hears stay in the thread', async () => {
  const { native, runner } = await run({ logLevel: 'INFO', duringReplay: [] });
  await native.send('live', [startJob('logs', [], 'live')]);
  await native.send('replayed', [startJob('logs', [], 'replayed')], { isReplaying: true });
  expect(sinkCalls.flat().map(({ fnName, args }) => [fnName, args[0]])).toEqual([['info', 'hello from inside']]);
  expect(sinkCalls[0]?.[0]?.workflowInfo.unsafe).toEqual({ isReplaying: false, isReplayingHistoryEvents: false });
  runner.stop();
});

test('a task is answered only when its sinks were called', async () => {
  const { native, runner } = await run({ logLevel: 'INFO' });
  const done = Promise.withResolvers<void>();
  sinksDone = done.promise;
  const logging = native.send('logging', [startJob('logs', [], 'logging')]);
  await native.send('silent', [startJob('hello', ['Ada'], 'silent')]);
  expect(native.completions.map(({ runId }) => runId)).toEqual(['silent']);
  done.resolve();
  await logging;
  expect(log.filter((line) => ['answered', 'sinks called'].includes(line))).toEqual([
    'answered',
    'sinks called',
    'answered',
  ]);
  runner.stop();
});

test.each([
  ['notClonable', { n: 1, how: '[Function: how]' }],
  ['throwing', { n: 1, value: '[a getter that throws]' }],
  ['proxy', { n: 1 }],
  ['error', { error: expect.objectContaining({ message: 'why', fields: { code: 5 } }), how: '[Function: how]' }],
])('a sink gets as text what cannot be handed over: %s', async (which, argument) => {
  const { native, runner } = await run();
  const { successful } = await native.send('r', [startJob('oddLogs', [which], 'r')]);
  expect(successful?.commands?.[0]?.completeWorkflowExecution).toBeDefined();
  expect(sinkCalls.flat().flatMap(({ fnName, args }) => (fnName === 'tell' ? args : []))).toEqual([argument]);
  runner.stop();
});

test('an argument of a sink that takes for ever to read fails its task, and says which sink', async () => {
  const { native, runner } = await run();
  const { failed } = await native.send('r', [startJob('oddLogs', ['neverEnding'], 'r')]);
  expect(failed?.failure?.message).toStartWith('Cannot hand the arguments of odd.tell over to the sink: ');
  expect(failed?.failure?.message).toContain('timed out');
  await native.send('other', [startJob('logs', [], 'other')]);
  expect(sinkCalls.flat()).not.toEqual([]);
  runner.stop();
});

test('activations and completions go through the codec', async () => {
  const steps: string[] = [];
  const codec: WorkflowCodec = {
    decodePayloads: async (bytes) => {
      steps.push('decode');
      return bytes;
    },
    encodePayloads: async (bytes) => {
      steps.push('encode');
      return bytes;
    },
  };
  const { native, runner } = await run({ codec });
  await native.send('r', [startJob('hello', ['Ada'], 'r')]);
  expect(steps).toEqual(['decode', 'encode']);
  runner.stop();
});

test.each(['decodePayloads', 'encodePayloads'] as const)('a codec that fails in %s fails the task', async (step) => {
  const codec: WorkflowCodec = {
    decodePayloads: async (bytes) => bytes,
    encodePayloads: async (bytes) => bytes,
    [step]: () => Promise.reject(new TypeError('no key')),
  };
  const { native, runner } = await run({ codec });
  const { runId, failed } = await native.send('r', [startJob('hello', ['Ada'], 'r')]);
  expect([runId, failed?.failure?.message]).toEqual(['r', 'no key']);
  expect(log).toContain('Failed to process Workflow Activation: no key');
  runner.stop();
});

test('what the native side reports ends as a fatal error', async () => {
  const { native, runner } = await run();
  const error = new Error('refused') as NativeBridgeError;
  native.queue.onQuietFailure(error);
  native.stream?.onError(error);
  expect(fatal).toEqual([error, error]);
  runner.stop();
});

test('the end of the stream waits for what is under way, then lets go of the native side, then tells', async () => {
  const { native } = await run();
  native.stream?.onTask(
    WorkflowActivation.encode({
      runId: 'r',
      timestamp: { seconds: 1000 as never },
      jobs: [startJob('counter', [1], 'r')],
    }).finish(),
  );
  native.stream?.onEnd();
  expect(log).not.toContain('ended');
  await ended.promise;
  expect(native.completions).toHaveLength(1);
  expect(log.slice(-2)).toEqual(['queue closed', 'ended']);
});

test('after a stop nothing is completed', async () => {
  const { native, runner } = await run();
  native.stream?.onTask(WorkflowActivation.encode({ runId: 'r', jobs: [query('total')] }).finish());
  runner.stop();
  runner.stop();
  native.stream?.onError(new Error('closed') as NativeBridgeError);
  await ended.promise;
  expect(native.completions).toEqual([]);
  expect(fatal).toEqual([]);
  expect(log.filter((entry) => entry === 'ended')).toHaveLength(1);
});
