import type { WorkflowInfo } from '@temporalio/workflow';
import { CompletionQueue } from '../../native/completion-queue.ts';
import { NativeWorker } from '../../native/worker.ts';
import type { LoadedBundle } from '../bundling/loaded-bundle.ts';
import { ReferenceGuard } from '../codec/reference-guard.ts';
import type { WorkflowCodec } from '../codec/workflow-codec.ts';
import { IsolateHost } from '../sandbox/host.ts';
import { storeLoad, type ThreadOptions } from './messages.ts';
import { serializeInfo } from './serialize.ts';
import { SharedIsolates } from './shared-isolates.ts';
import { TaskRunner } from './task-runner.ts';
import type { ExecutorEvents, WorkflowExecutor } from './workflow-executor.ts';

/** Runs workflows on the main thread, where a debugger can stop in them, or where an isolate is that several workers share. */
export class InProcessExecutor implements WorkflowExecutor {
  readonly ended: Promise<undefined>;
  readonly exited = Promise.resolve();
  readonly #codec: WorkflowCodec | undefined;
  readonly #events: ExecutorEvents;
  readonly #end: () => void;
  #loaded: { host: IsolateHost; options: ThreadOptions; shared: SharedIsolates | undefined } | undefined;
  #runner: TaskRunner | undefined;

  constructor(codec: WorkflowCodec | undefined, events: ExecutorEvents) {
    this.#codec = codec;
    this.#events = events;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.ended = promise;
    this.#end = () => {
      this.#release();
      resolve(undefined);
    };
  }

  async load(bundle: LoadedBundle, options: ThreadOptions): Promise<void> {
    const { onPatch } = this.#events;
    const decidePatch =
      onPatch && ((info: WorkflowInfo, id: string) => onPatch(structuredClone(serializeInfo(info)), id));
    const { load, turns, sinks, metrics, cacheMemory, ...isolateOptions } = options;
    const shared = SharedIsolates.current;
    const all = { ...isolateOptions, decidePatch };
    this.#loaded = {
      host: shared?.take(bundle, all) ?? new IsolateHost({ bundle, ...all, inspectable: true }),
      options,
      shared,
    };
  }

  start(worker: number): void {
    if (this.#loaded === undefined) throw new Error('The workflows are not loaded');
    const { host, options, shared } = this.#loaded;
    this.#runner = new TaskRunner({
      worker: NativeWorker.borrow(worker),
      queue: CompletionQueue.create(),
      host,
      codec: this.#codec ?? new ReferenceGuard(),
      sinks: options.sinks,
      metrics: options.metrics,
      awaitsEvictions: options.reportEvictions,
      events: {
        ...this.#events,
        onSinkCalls: (calls) => this.#events.onSinkCalls(structuredClone(calls)),
        onEviction: (eviction) => {
          shared?.tell(eviction);
          this.#events.onEviction(eviction);
        },
        onLoad: (cachedRuns, underWay) => storeLoad(options.load, cachedRuns, underWay),
        onEnd: this.#end,
      },
    });
  }

  #release(): void {
    if (this.#loaded === undefined) return;
    const { host, shared } = this.#loaded;
    this.#loaded = undefined;
    if (shared === undefined) host.close();
    else shared.giveBack(host);
  }

  /** Refuses nothing: what runs in a debugger costs no thread. */
  refuse(): void {}

  abandon(): void {
    this.stop();
  }

  stop(): void {
    if (this.#runner === undefined) this.#end();
    else this.#runner.stop();
  }
}
