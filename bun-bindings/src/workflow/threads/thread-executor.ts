import { UnhandledRejectionError } from '../../errors.ts';
import { CompletionQueue } from '../../native/completion-queue.ts';
import { NativeBridgeError } from '../../native/error.ts';
import { nativeLibraryPath } from '../../native/library.ts';
import { chooseCallbacks } from '../../native/wake-choice.ts';
import { NativeWorker } from '../../native/worker.ts';
import { serializeError } from '../../serialize-error.ts';
import type { LoadedBundle } from '../bundling/loaded-bundle.ts';
import { CodecError } from '../codec/codec-error.ts';
import type { WorkflowCodec } from '../codec/workflow-codec.ts';
import { newThread } from './early-thread.ts';
import type { FromThread, ThreadOptions, ToThread } from './messages.ts';
import { decide } from './patch-decision.ts';
import type { Abandonment, ExecutorEvents, WorkflowExecutor } from './workflow-executor.ts';

/** Controls a workflow thread from the main thread. */
export class ThreadExecutor implements WorkflowExecutor {
  readonly ended: Promise<Error | undefined>;
  readonly exited: Promise<void>;
  /** The thread, as a Bun worker. */
  readonly worker = newThread();
  readonly #loading = Promise.withResolvers<void>();
  readonly #codec: WorkflowCodec | undefined;
  readonly #events: ExecutorEvents;
  /** Time in ms that the decision on a patch may take: no longer than the workflow code that waits for it. */
  #patchLimitMs = 0;
  /** The handle of the thread's completion queue. Undefined before the thread has created it. */
  #queue: number | undefined;
  /** The tag of records that tell the thread of messages. */
  #messageTag = 0;
  /** Messages that a thread which waits for its queue was not told of. */
  #untoldMessages = 0;
  /** The handle of the native worker whose tasks the thread takes. */
  #nativeWorker: number | undefined;
  /** Whether the thread waits for its queue, which then has to tell of messages. */
  readonly #waits = chooseCallbacks() !== 'all';
  readonly #end: (crash: Error | undefined) => void;
  #isAbandoned = false;
  /** Whether the thread has closed its queue. */
  #letGo = false;
  #crash: Error | undefined;

  constructor(codec: WorkflowCodec | undefined, events: ExecutorEvents) {
    this.#codec = codec;
    this.#events = events;
    this.#loading.promise.catch(() => undefined); // the thread may crash before `load` is called
    const { promise, resolve } = Promise.withResolvers<Error | undefined>();
    this.ended = promise;
    this.#end = resolve;
    const exited = Promise.withResolvers<void>();
    this.exited = exited.promise;
    this.worker.on('message', (message: FromThread) => this.#hear(message));
    this.worker.on('error', (error) => this.#crashed(serializeError(error)));
    this.worker.on('exit', (code) => {
      exited.resolve();
      if (!this.#letGo) {
        this.#crashed(new Error(`A workflow thread ended unexpectedly, with exit code ${code}`));
        if (this.#queue !== undefined) CompletionQueue.closeOfEndedThread(this.#queue);
      }
      resolve(this.#crash);
    });
  }

  load(bundle: LoadedBundle, options: ThreadOptions): Promise<void> {
    this.#patchLimitMs = options.isolateExecutionTimeoutMs;
    const { files } = bundle;
    this.#tell({ type: 'load', nativeLibrary: nativeLibraryPath(), bundle: files ? { files } : bundle, options });
    return this.#loading.promise;
  }

  start(worker: number): void {
    this.#tell({ type: 'start', worker, waits: this.#waits });
    this.#nativeWorker = worker;
  }

  refuse(workflowType: string, until: number): void {
    this.#tell({ type: 'refuse', workflowType, until });
  }

  stop(): void {
    this.#tell({ type: 'stop' });
  }

  abandon(cause: Error, { completion, isInterruptible = false }: Abandonment = {}): void {
    if (this.#letGo) return;
    this.#crashed(cause);
    this.#letGo = true;
    this.#isAbandoned = true;
    if (this.#queue !== undefined) {
      if (completion !== undefined && this.#nativeWorker !== undefined) {
        // Before the queue is closed, which fails what is not completed.
        NativeWorker.borrow(this.#nativeWorker).completeWorkflowTaskQuietly({ handle: this.#queue }, completion);
      }
      CompletionQueue.closeOfEndedThread(this.#queue);
    }
    this.worker.unref();
    // The process would wait at its end for a thread that was terminated in the midst of what the engine does not interrupt.
    if (isInterruptible) void this.worker.terminate();
    else this.#tell({ type: 'stop' });
    this.#end(cause);
  }

  #tell(message: ToThread): void {
    this.worker.postMessage(message);
    if (!this.#waits || this.#nativeWorker === undefined) return;
    this.#untoldMessages++;
    this.#tellQueue();
  }

  #tellQueue(): void {
    if (this.#queue === undefined) return;
    for (; this.#untoldMessages > 0; this.#untoldMessages--) CompletionQueue.post(this.#queue, this.#messageTag);
  }

  #crashed(error: Error): void {
    this.#crash ??= error;
    this.#loading.reject(error);
  }

  #hear(message: FromThread): void {
    if (this.#isAbandoned && message.type !== 'patch') {
      // The code that could not be interrupted has come to its end.
      void this.worker.terminate();
      return;
    }
    switch (message.type) {
      case 'loaded':
        if (message.begunEarly) this.#events.onBegunEarly?.();
        this.#loading.resolve();
        break;
      case 'loadFailed':
        this.#loading.reject(message.error);
        break;
      case 'started':
        this.#queue = message.queue;
        this.#messageTag = message.messageTag;
        this.#tellQueue();
        break;
      case 'unwatched':
        this.#events.onUnwatched();
        break;
      case 'transform':
        void this.#transform(message.id, message.direction, message.bytes);
        break;
      case 'sinkCalls':
        this.#events.onSinkCalls(message.calls);
        this.#tell({ type: 'sinksCalled', id: message.id });
        break;
      case 'evicted':
        this.#events.onEviction(message.eviction);
        break;
      case 'patch':
        this.#decidePatch(message);
        break;
      case 'warning':
        this.#events.onWarning(message.message, message.error);
        break;
      case 'fatal':
        this.#events.onFatal(fatalError(message));
        break;
      case 'unclaimedRejection':
        this.#events.onFatal(unclaimedRejection(message.cause));
        break;
      case 'crashed':
        this.#crashed(message.error);
        break;
      case 'ended':
        this.#letGo = true;
        void this.worker.terminate();
        break;
    }
  }

  #decidePatch({ workflowInfo, patchId, decision }: Extract<FromThread, { type: 'patch' }>): void {
    const error = decide(decision, this.#patchLimitMs, () => this.#events.onPatch?.(workflowInfo, patchId) ?? true);
    if (error !== undefined) this.#events.onWarning('Patch activation callback failed', error);
  }

  async #transform(id: number, direction: 'decode' | 'encode', bytes: Uint8Array): Promise<void> {
    const codec = this.#codec;
    try {
      if (codec === undefined) throw new Error('There are no payload codecs');
      const transformed =
        direction === 'decode' ? await codec.decodePayloads(bytes) : await codec.encodePayloads(bytes);
      this.#tell({ type: 'transformed', id, bytes: transformed.slice() });
    } catch (error) {
      const completion = error instanceof CodecError ? error.completion.slice() : undefined;
      this.#tell({ type: 'transformFailed', id, error: serializeError(error), completion });
    }
  }
}

function fatalError({ error, bridge }: Extract<FromThread, { type: 'fatal' }>): Error {
  return bridge === undefined ? error : new NativeBridgeError(bridge.code, error.message, bridge.details);
}

function unclaimedRejection(cause: Error): UnhandledRejectionError {
  return new UnhandledRejectionError(`Unhandled Promise rejection for unknown Workflow Run: ${cause}`, cause);
}
