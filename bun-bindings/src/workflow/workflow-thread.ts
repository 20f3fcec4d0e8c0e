import { Worker } from 'node:worker_threads';
import type { WorkflowBundle } from './bundle.ts';
import { toClonableError } from './clonable-error.ts';
import type { WorkflowCodec } from './codec.ts';
import type { FromThread, ThreadOptions, ToThread } from './thread/messages.ts';
import type { RunnerEvents } from './thread/task-runner.ts';

/** What a workflow thread tells of, besides its load, which is in shared memory. */
export type ThreadEvents = Omit<RunnerEvents, 'onLoad' | 'onEnd'>;

/** A workflow thread, seen from the main thread. */
export class WorkflowThread {
  /** Resolves when the thread is gone. */
  readonly ended: Promise<void>;
  private readonly worker = new Worker(new URL('./thread/main.ts', import.meta.url));
  private readonly loading = Promise.withResolvers<void>();
  private readonly codec: WorkflowCodec | undefined;
  private readonly events: ThreadEvents;

  constructor(codec: WorkflowCodec | undefined, events: ThreadEvents) {
    this.codec = codec;
    this.events = events;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    let letGo = false;
    const crashed = (error: Error): void => {
      if (letGo) return;
      letGo = true;
      this.loading.reject(error);
      events.onFatal(error);
    };
    this.worker.on('message', (message: FromThread) => {
      if (message.type === 'ended') {
        letGo = true;
        void this.worker.terminate();
      } else {
        this.hear(message);
      }
    });
    this.worker.on('error', (error) => crashed(toClonableError(error)));
    this.worker.on('exit', (code) => {
      crashed(new Error(`A workflow thread ended unexpectedly, with exit code ${code}`));
      resolve();
    });
  }

  /** Loads the workflows. Rejects with what is wrong with the bundle. */
  load(bundle: WorkflowBundle, options: ThreadOptions): Promise<void> {
    this.tell({ type: 'load', bundle, options });
    return this.loading.promise;
  }

  /** Has the thread take tasks of the native worker with this handle. */
  start(worker: number): void {
    this.tell({ type: 'start', worker });
  }

  /** Has the thread end at once. Runs that it holds go on elsewhere. */
  stop(): void {
    this.tell({ type: 'stop' });
  }

  private tell(message: ToThread): void {
    this.worker.postMessage(message);
  }

  private hear(message: Exclude<FromThread, { type: 'ended' }>): void {
    switch (message.type) {
      case 'loaded':
        this.loading.resolve();
        break;
      case 'loadFailed':
        this.loading.reject(message.error);
        break;
      case 'transform':
        void this.transform(message.id, message.direction, message.bytes);
        break;
      case 'sinkCalls':
        this.events.onSinkCalls(message.calls);
        break;
      case 'evicted':
        this.events.onEviction(message.eviction);
        break;
      case 'warning':
        this.events.onWarning(message.message, message.error);
        break;
      case 'fatal':
        this.events.onFatal(message.error);
        break;
    }
  }

  private async transform(id: number, direction: 'decode' | 'encode', bytes: Uint8Array): Promise<void> {
    const { codec } = this;
    try {
      if (codec === undefined) throw new Error('There are no payload codecs');
      const transformed =
        direction === 'decode' ? await codec.decodeActivation(bytes) : await codec.encodeCompletion(bytes);
      this.tell({ type: 'transformed', id, bytes: transformed.slice() });
    } catch (error) {
      this.tell({ type: 'transformFailed', id, error: toClonableError(error) });
    }
  }
}
