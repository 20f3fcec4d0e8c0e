/** The entry of a workflow thread: a Bun `Worker` that takes tasks from the native worker and completes them. */
import { parentPort, workerData } from 'node:worker_threads';
import type { WorkflowInfo } from '@temporalio/workflow';
import { CallbackWake } from '../../native/callback-wake.ts';
import { CompletionQueue } from '../../native/completion-queue.ts';
import { NativeBridgeError } from '../../native/error.ts';
import { shareNativeLibrary } from '../../native/library.ts';
import { WaitingWake } from '../../native/waiting-wake.ts';
import { NativeWorker } from '../../native/worker.ts';
import { serializeError } from '../../serialize-error.ts';
import { bundleIn } from '../bundling/bundle-files.ts';
import type { ExpectedBundle } from '../bundling/expected-bundle.ts';
import type { BundleFiles } from '../bundling/loaded-bundle.ts';
import { ReferenceGuard } from '../codec/reference-guard.ts';
import { IsolateHost } from '../sandbox/host.ts';
import { isAwaitingRejections, onUnclaimedRejection } from '../sandbox/rejections.ts';
import { CodecProxy } from './codec-proxy.ts';
import { type FromThread, storeLoad, type ThreadOptions, type ToThread } from './messages.ts';
import { newDecision, waitForDecision } from './patch-decision.ts';
import { PendingRequests } from './pending-requests.ts';
import { readEarlyBundle } from './read-early-bundle.ts';
import { serializeInfo } from './serialize.ts';
import { TaskRunner } from './task-runner.ts';
import { TurnRecord } from './turn-record.ts';

if (parentPort === null) throw new Error('This module is the entry of a thread');
const port = parentPort;

let host: IsolateHost | undefined;
/** An executable or a test names the workflows that the worker is likely to send. */
let early = workerData == null ? undefined : readEarlyBundle(workerData as BundleFiles | ExpectedBundle);
let options: ThreadOptions | undefined;
let codec: CodecProxy | undefined;
/** Sink calls that the main thread has not made yet. */
const sinkCalls = new PendingRequests<void>();
let runner: TaskRunner | undefined;

function tell(message: FromThread): void {
  port.postMessage(message);
}

function decidePatch(info: WorkflowInfo, patchId: string): boolean {
  const decision = newDecision();
  tell({ type: 'patch', workflowInfo: serializeInfo(info), patchId, decision });
  return waitForDecision(decision);
}

/** The workflow types that are refused, each with the time until when. */
const refused = new Map<string, number>();

function refusalOf(workflowType: string): string | undefined {
  if (refused.size === 0 || Date.now() >= (refused.get(workflowType) ?? 0)) return undefined;
  return `Workflows of type ${workflowType} are refused for a minute, because they have cost too many workflow threads`;
}

/** Messages since the start that the queue told of before they came, less those that came before. */
let awaitedMessages = 0;

function openQueue(waits: boolean): CompletionQueue {
  const mayWait = () => awaitedMessages <= 0 && !isAwaitingRejections();
  const queue = CompletionQueue.create(waits ? new WaitingWake(mayWait) : new CallbackWake());
  queue.openMessages(
    () => awaitedMessages++,
    (messageTag) => tell({ type: 'started', queue: queue.handle, messageTag }),
  );
  return queue;
}

function start(worker: number, waits: boolean): void {
  if (host === undefined || options === undefined) throw new Error('The workflows are not loaded');
  const { load, metrics, cacheMemory, reportEvictions, sinks } = options;
  const queue = openQueue(waits);
  runner = new TaskRunner({
    worker: NativeWorker.borrow(worker),
    queue,
    host,
    codec: codec ?? new ReferenceGuard(),
    sinks,
    metrics,
    cacheMemory,
    // Another history of the same run may come then, and core forgets one that waits for the run's end when the next one comes.
    awaitsEvictions: reportEvictions,
    events: {
      onSinkCalls: (calls) => sinkCalls.request((id) => tell({ type: 'sinkCalls', id, calls })),
      onEviction: (eviction) => reportEvictions && tell({ type: 'evicted', eviction }),
      onWarning: (message, error) => tell({ type: 'warning', message, error: serializeError(error) }),
      onFatal: (error) => tell({ type: 'fatal', error: serializeError(error), bridge: bridgePartOf(error) }),
      onLoad: (cachedRuns, underWay) => storeLoad(load, cachedRuns, underWay),
      onEnd: () => {
        host?.close();
        tell({ type: 'ended' });
      },
    },
  });
}

function bridgePartOf(error: unknown) {
  return error instanceof NativeBridgeError ? { code: error.code, details: error.details } : undefined;
}

port.on('message', (message: ToThread) => {
  if (runner !== undefined) awaitedMessages--;
  switch (message.type) {
    case 'load': {
      let isLoaded = false;
      try {
        shareNativeLibrary(message.nativeLibrary);
        options = message.options;
        if (options.hasCodec) codec = new CodecProxy(tell);
        host = new IsolateHost({
          bundle: 'library' in message.bundle ? message.bundle : bundleIn(message.bundle.files),
          early,
          ...options,
          turns: new TurnRecord(options.turns, () => tell({ type: 'unwatched' })),
          refusalOf,
          decidePatch: options.asksForPatches ? decidePatch : undefined,
          onLoaded: (begunEarly) => {
            isLoaded = true;
            tell({ type: 'loaded', begunEarly });
          },
        });
        early = undefined;
      } catch (error) {
        if (isLoaded) throw error;
        tell({ type: 'loadFailed', error: serializeError(error) });
      }
      break;
    }
    case 'start':
      start(message.worker, message.waits);
      break;
    case 'transformed':
      codec?.resolve(message.id, message.bytes);
      break;
    case 'transformFailed':
      codec?.reject(message.id, message.error, message.completion);
      break;
    case 'sinksCalled':
      sinkCalls.resolve(message.id);
      break;
    case 'refuse':
      refused.set(message.workflowType, message.until);
      break;
    case 'stop':
      if (runner === undefined) tell({ type: 'ended' });
      else runner.stop();
      break;
  }
});

onUnclaimedRejection((cause) => tell({ type: 'unclaimedRejection', cause: serializeError(cause) }));

// A bug outside of workflow code. The native side must release the thread before it ends.
process.on('uncaughtException', (error) => {
  tell({ type: 'crashed', error: serializeError(error) });
  if (runner === undefined) tell({ type: 'ended' });
  else runner.stop();
});
