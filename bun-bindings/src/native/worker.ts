import { bytesArgument, checkCode, checkHandle, jsonArgument, textArgument } from './calls.ts';
import type { NativeClient } from './client.ts';
import type { CompletionQueue, TaskStream } from './completion-queue.ts';
import { NativeObject } from './handle.ts';
import { type NativeFunctions, native } from './library.ts';
import type { NativeRuntime } from './runtime.ts';

/** The supplier of one kind of slots. Times are in ms. */
type NativeSlotSupplierConfig =
  | { type: 'fixed'; slots: number }
  | { type: 'resource-based'; minimumSlots: number; maximumSlots: number; rampThrottleMs: number }
  /** The handle of a {@link NativeSlotSupplier}. */
  | { type: 'custom'; supplier: number };

type NativePollerBehavior =
  | { type: 'simple-maximum'; maximum: number }
  | { type: 'autoscaling'; minimum: number; maximum: number; initial: number };

type NativeVersioning =
  | { type: 'none'; buildId?: string }
  | { type: 'legacy-build-id'; buildId: string }
  | {
      type: 'deployment';
      deploymentName: string;
      buildId: string;
      useWorkerVersioning: boolean;
      defaultVersioningBehavior?: 'pinned' | 'auto-upgrade';
    };

/** A worker's configuration; see `docs/ffi-surface.md`. Times are in ms. */
export interface NativeWorkerConfig {
  namespace: string;
  taskQueue: string;
  identity?: string;
  taskTypes: { workflows: boolean; localActivities: boolean; activities: boolean; nexus: boolean };
  versioning: NativeVersioning;
  maxCachedWorkflows?: number;
  tuner: {
    workflow: NativeSlotSupplierConfig;
    activity: NativeSlotSupplierConfig;
    localActivity: NativeSlotSupplierConfig;
    nexus: NativeSlotSupplierConfig;
    resourceTargets?: { memoryUsage: number; cpuUsage: number };
  };
  workflowTaskPoller?: NativePollerBehavior;
  activityTaskPoller?: NativePollerBehavior;
  nexusTaskPoller?: NativePollerBehavior;
  nonstickyToStickyPollRatio?: number;
  stickyQueueScheduleToStartTimeoutMs?: number;
  maxHeartbeatThrottleIntervalMs?: number;
  defaultHeartbeatThrottleIntervalMs?: number;
  maxTaskQueueActivitiesPerSecond?: number;
  maxWorkerActivitiesPerSecond?: number;
  maxEagerActivityReservationsPerWorkflowTask?: number;
  gracefulShutdownPeriodMs?: number;
  localTimeoutBufferForActivitiesMs?: number;
  workflowFailureErrors?: 'nondeterminism'[];
  workflowTypesToFailureErrors?: Record<string, 'nondeterminism'[]>;
  plugins?: { name: string; version?: string }[];
  storageDrivers?: string[];
  skipClientWorkerSetCheck?: boolean;
  disablePayloadErrorLimit?: boolean;
}

/** A worker of the bridge. It delivers tasks and takes their completions. */
export class NativeWorker extends NativeObject {
  static create(runtime: NativeRuntime, client: NativeClient, config: NativeWorkerConfig): NativeWorker {
    const handle = native().temporal_bun_worker_new(runtime.handle, client.handle, ...jsonArgument(config));
    return new NativeWorker(checkHandle(handle), native().temporal_bun_worker_free);
  }

  /** Creates a worker that replays histories. */
  static createReplay(runtime: NativeRuntime, config: NativeWorkerConfig): NativeWorker {
    const handle = native().temporal_bun_replay_worker_new(runtime.handle, ...jsonArgument(config));
    return new NativeWorker(checkHandle(handle), native().temporal_bun_worker_free);
  }

  /** Wraps the handle of another thread's worker. That thread frees it. */
  static borrow(handle: number): NativeWorker {
    return new NativeWorker(handle, undefined);
  }

  /** Checks the namespace on the server. The result is an encoded `coresdk.NamespaceInfo`. */
  validate(queue: CompletionQueue): Promise<Uint8Array> {
    return queue.submit((to, tag) => native().temporal_bun_worker_validate(this.handle, to, tag)).result;
  }

  /** Streams workflow activations to this thread. Each must be completed. */
  attachWorkflowQueue(queue: CompletionQueue, stream: TaskStream): void {
    queue.openStream(stream, (tag) => {
      checkCode(native().temporal_bun_worker_attach_workflow_queue(this.handle, queue.handle, tag));
    });
  }

  /** Streams activity tasks to this thread. Each start must be completed. */
  attachActivityQueue(queue: CompletionQueue, stream: TaskStream): void {
    queue.openStream(stream, (tag) => {
      checkCode(native().temporal_bun_worker_attach_activity_queue(this.handle, queue.handle, tag));
    });
  }

  /** Streams Nexus tasks to this thread. Each must be completed. */
  attachNexusQueue(queue: CompletionQueue, stream: TaskStream): void {
    queue.openStream(stream, (tag) => {
      checkCode(native().temporal_bun_worker_attach_nexus_queue(this.handle, queue.handle, tag));
    });
  }

  /** Completes a workflow activation, with an encoded `WorkflowActivationCompletion`. */
  async completeWorkflowTask(queue: CompletionQueue, completion: Uint8Array): Promise<void> {
    await queue.submit((to, tag) =>
      native().temporal_bun_worker_complete_workflow_task(this.handle, ...bytesArgument(completion), to, tag),
    ).result;
  }

  /** Completes a workflow activation without a promise. An error is passed to `queue.onQuietFailure`. */
  completeWorkflowTaskQuietly(queue: Pick<CompletionQueue, 'handle'>, completion: Uint8Array): void {
    checkHandle(
      native().temporal_bun_worker_complete_workflow_task(this.handle, ...bytesArgument(completion), queue.handle, 0),
    );
  }

  /** Completes an activity task, with an encoded `ActivityTaskCompletion`. */
  async completeActivityTask(queue: CompletionQueue, completion: Uint8Array): Promise<void> {
    await queue.submit((to, tag) =>
      native().temporal_bun_worker_complete_activity_task(this.handle, ...bytesArgument(completion), to, tag),
    ).result;
  }

  /** Completes a Nexus task, with an encoded `NexusTaskCompletion`. */
  async completeNexusTask(queue: CompletionQueue, completion: Uint8Array): Promise<void> {
    await queue.submit((to, tag) =>
      native().temporal_bun_worker_complete_nexus_task(this.handle, ...bytesArgument(completion), to, tag),
    ).result;
  }

  /** Records a heartbeat, an encoded `ActivityHeartbeat`. Core sends the latest one at its throttled rate. */
  recordActivityHeartbeat(heartbeat: Uint8Array): void {
    checkCode(native().temporal_bun_worker_record_activity_heartbeat(this.handle, ...bytesArgument(heartbeat)));
  }

  /** Requests the eviction of a run from the cache. */
  requestWorkflowEviction(runId: string): void {
    checkCode(native().temporal_bun_worker_request_workflow_eviction(this.handle, ...textArgument(runId)));
  }

  /** Switches the worker to another connection. */
  replaceClient(client: NativeClient): void {
    checkCode(native().temporal_bun_worker_replace_client(this.handle, client.handle));
  }

  /** First phase of a shutdown: stops polling. The streams end when all tasks are completed. */
  initiateShutdown(): void {
    checkCode(native().temporal_bun_worker_initiate_shutdown(this.handle));
  }

  /** Second phase of a shutdown. Resolves when all completions are sent and core's worker has ended. */
  async finalizeShutdown(queue: CompletionQueue): Promise<void> {
    await queue.submit((to, tag) => native().temporal_bun_worker_finalize_shutdown(this.handle, to, tag)).result;
  }

  /** Pushes an encoded `temporal.api.history.v1.History` to a replay worker. Resolves when there is room for it. */
  async pushHistory(queue: CompletionQueue, workflowId: string, history: Uint8Array): Promise<void> {
    await this.#push(queue, native().temporal_bun_replay_worker_push_history, workflowId, history);
  }

  /** Pushes the JSON of a history, which a thread of the runtime parses. */
  async pushHistoryJson(queue: CompletionQueue, workflowId: string, json: Uint8Array): Promise<void> {
    await this.#push(queue, native().temporal_bun_replay_worker_push_history_json, workflowId, json);
  }

  async #push(
    queue: CompletionQueue,
    push: NativeFunctions['temporal_bun_replay_worker_push_history'],
    workflowId: string,
    history: Uint8Array,
  ): Promise<void> {
    await queue.submit((to, tag) => push(this.handle, ...textArgument(workflowId), ...bytesArgument(history), to, tag))
      .result;
  }

  /** Ends the input of a replay worker: there are no more histories. */
  endHistoryInput(): void {
    checkCode(native().temporal_bun_replay_worker_end_input(this.handle));
  }
}
