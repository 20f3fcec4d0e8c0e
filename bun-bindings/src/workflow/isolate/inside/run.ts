import { defaultFailureConverter, defaultPayloadConverter, type ProtoFailure } from '@temporalio/common';
import { tsToMs } from '@temporalio/common/lib/time';
import type { coresdk } from '@temporalio/proto';
import type { CancellationScope, WorkflowInfo } from '@temporalio/workflow';
import { SdkFlags } from '@temporalio/workflow/lib/flags';
import type { Activator } from '@temporalio/workflow/lib/internals';
import type { SinkCall } from '@temporalio/workflow/lib/sinks';
import * as library from '@temporalio/workflow/lib/worker-interface';
import { callHost, host } from './bridge.ts';
import { type RunState, setCurrentRun, type UserCode } from './current.ts';
import { type Activation, encodeCompletion } from './protos/messages.ts';
import { mapErrorStacks } from './stack-frames.ts';
import { Waits } from './waits.ts';
import { infoOfActivation, makeWorkflowInfo } from './workflow-info.ts';

type Job = coresdk.workflow_activation.IWorkflowActivationJob;

/** What the worker decides for all runs of a thread. */
export interface RunOptions {
  namespace: string;
  taskQueue: string;
  showStackTraceSources: boolean;
  sharedByRuns: boolean;
  registeredActivityNames: Set<string>;
  /** Names of the error types that fail a workflow of a type, instead of its task. */
  failureTypesOf(workflowType: string): string[];
  /** Evaluates the user's code, with `globals` in the place of `globalThis`. */
  loadUserCode(globals: object): UserCode;
  getTimeOfDay(): bigint;
}

interface Sources {
  sources: readonly string[];
  sourcesContent: readonly string[];
}

let knownSources: Sources | undefined;

/** The workflows' sources, read when the first query asks. All runs of the realm get the same, so they are frozen. */
function readSources(): Sources {
  if (knownSources === undefined) {
    const { sources, sourcesContent } = JSON.parse(host.sources()) as Sources;
    knownSources = { sources: Object.freeze(sources), sourcesContent: Object.freeze(sourcesContent) };
  }
  return knownSources;
}

/** As much of a source map as an enhanced stack trace needs; it asks both fields for each frame. */
const workflowSources: Sources = Object.freeze({
  get sources() {
    return readSources().sources;
  },
  get sourcesContent() {
    return readSources().sourcesContent;
  },
});

function decidePatch(info: WorkflowInfo, patchId: string): boolean {
  return callHost(() => host.decidePatch?.(info, patchId) ?? true);
}

/** A `globalThis` for one of several runs: what it sets lands here, all else is inherited from the real one. */
function ownGlobals(): object {
  const globals = Object.create(globalThis);
  Object.defineProperty(globals, 'globalThis', { value: globals, writable: true, configurable: true });
  return globals;
}

function partition<T>(all: T[], belongs: (item: T) => boolean): [yes: T[], no: T[]] {
  const yes: T[] = [];
  const no: T[] = [];
  for (const item of all) (belongs(item) ? yes : no).push(item);
  return [yes, no];
}

/** A completion that fails the workflow task; of the run if it has got so far, else by the default conversion. */
export function failedCompletion(runId: string, error: unknown, activator: Activator | undefined): Uint8Array {
  return encodeCompletion({ runId, failed: { failure: activator?.errorToFailure(error) ?? defaultFailure(error) } });
}

export function defaultFailure(error: unknown): ProtoFailure {
  mapErrorStacks(error);
  return defaultFailureConverter.errorToFailure(error, defaultPayloadConverter);
}

/** The answer to an eviction. */
export function emptyCompletion(runId: string): Uint8Array {
  return encodeCompletion({ runId, successful: {} });
}

/**
 * One workflow run.
 *
 * Its methods that run workflow code are generators. The host leaves the isolate at each `yield`, and that is when the
 * microtasks run that have been scheduled so far: a `yield` is a place where workflow code goes on.
 */
export class WorkflowRun implements RunState {
  readonly runId: string;
  readonly globals: object;
  readonly userCode: UserCode;
  readonly timeouts = new Map<number, CancellationScope>();
  readonly waits = new Waits();
  activator: Activator | undefined;

  private readonly info: WorkflowInfo;

  /** Evaluates the user's code for this run; what that leaves to microtasks happens when the caller yields. */
  constructor(activation: Activation, job: coresdk.workflow_activation.IInitializeWorkflow, options: RunOptions) {
    if (job.randomnessSeed == null) throw new TypeError('InitializeWorkflow has no randomness seed');
    this.runId = activation.runId;
    this.info = makeWorkflowInfo(activation, job, options);
    this.globals = options.sharedByRuns ? ownGlobals() : globalThis;
    setCurrentRun(this);
    this.userCode = options.loadUserCode(this.globals);
    library.initRuntime({
      // The library copies it, so that it belongs to the realm. Ours does: it is put in place by `prepareActivator`.
      info: {} as WorkflowInfo,
      randomnessSeed: job.randomnessSeed.toBytes(),
      now: tsToMs(activation.timestamp),
      showStackTraceSources: options.showStackTraceSources,
      failureExceptionTypeNames: options.failureTypesOf(this.info.workflowType),
      sourceMap: workflowSources as never,
      stackTracesEnabled: true,
      registeredActivityNames: options.registeredActivityNames,
      getTimeOfDay: options.getTimeOfDay,
      patchActivationCallback: host.decidePatch && decidePatch,
    });
  }

  prepareActivator(): void {
    const activator = this.requireActivator();
    const { unsafe } = activator.info;
    activator.info = { ...this.info, unsafe: { ...this.info.unsafe, now: unsafe.now, random: unsafe.random } };
    const { payloadConverter } = this.userCode.payloadConverter();
    const { failureConverter } = this.userCode.failureConverter();
    if (payloadConverter != null) activator.payloadConverter = payloadConverter;
    if (failureConverter != null) activator.failureConverter = failureConverter;
    this.waits.watch(activator);
    const errorToFailure = activator.errorToFailure.bind(activator);
    // Defined, as they could not be assigned: the class has methods of these names, and may be frozen.
    Object.defineProperties(activator, {
      // Upstream's own needs hooks into every promise, which the engine does not have.
      getStackTraces: { value: () => this.waits.stacks() },
      errorToFailure: {
        value(error: unknown): ProtoFailure {
          mapErrorStacks(error);
          return errorToFailure(error);
        },
      },
    });
  }

  private requireActivator(): Activator {
    if (this.activator === undefined) throw new TypeError('The workflow run was disposed of');
    return this.activator;
  }

  /** Applies the jobs of an activation, in the order and with the pauses that histories rely on. */
  *activate(activation: Activation): Generator<void, Uint8Array> {
    const activator = this.requireActivator();
    const { jobs } = activation;
    const [queries, others] = partition(jobs, (job) => job.queryWorkflow != null);
    if (queries.length > 0) {
      if (others.length > 0) throw new TypeError('Got both queries and other jobs in a single activation');
      return yield* this.answerQueries(activation);
    }
    if (activation.timestamp == null) {
      throw new TypeError('Expected activation.timestamp to be set for non-query activation');
    }
    activator.now = tsToMs(activation.timestamp);
    const hasEnded = activator.completed;
    const isReplaying = activation.isReplaying ?? false;
    activator.mutateWorkflowInfo((info) => ({
      ...info,
      ...infoOfActivation(activation),
      unsafe: { ...info.unsafe, isReplaying, isReplayingHistoryEvents: isReplaying },
    }));
    activator.addKnownFlags(activation.availableInternalFlags ?? []);
    if (activation.lastSdkVersion) activator.sdkVersion = activation.lastSdkVersion;

    const start = jobs.find((job) => job.initializeWorkflow != null)?.initializeWorkflow;
    if (start != null) {
      library.initialize(start);
      yield;
    }

    // Before 1.11.0 jobs were applied in batches when there were signals; such histories are replayed like that.
    const hasSignals = jobs.some((job) => job.signalWorkflow != null);
    const asOneBatch = !hasSignals || activator.hasFlag(SdkFlags.ProcessWorkflowActivationJobsAsSingleBatch);

    const [patches, unpatched] = partition(jobs, (job) => job.notifyHasPatch != null);
    for (const { notifyHasPatch } of patches) {
      if (notifyHasPatch != null) activator.notifyHasPatch(notifyHasPatch);
    }

    if (asOneBatch) {
      const [seeds, rest] = partition(unpatched, (job) => job.updateRandomSeed != null);
      const seed = seeds.at(-1)?.updateRandomSeed;
      if (seed != null) activator.updateRandomSeed(seed);
      yield* this.applyBatch(activation, rest, 0);
    } else {
      const batches = partition(unpatched, (job) => job.signalWorkflow != null).filter((batch) => batch.length > 0);
      for (const [index, batch] of batches.entries()) yield* this.applyBatch(activation, batch, index);
    }
    const completion = library.concludeActivation();
    // What the workflow left behind may go on. Its commands would come after the one that ended the workflow, for which the
    // server refuses the whole task.
    if (hasEnded && completion.successful != null) completion.successful.commands = [];
    return encodeCompletion(completion);
  }

  private *applyBatch(activation: Activation, jobs: Job[], index: number): Generator<void, void> {
    activation.jobs = jobs;
    library.activate(activation, index);
    yield;
    for (;;) {
      const unblocked = library.tryUnblockConditions();
      // With no condition left to evaluate no workflow code has run, so there are no microtasks to wait for.
      if (unblocked > 0 || this.requireActivator().blockedConditions.size > 0) yield;
      if (unblocked === 0) return;
    }
  }

  private *answerQueries(activation: Activation): Generator<void, Uint8Array> {
    this.requireActivator().mutateWorkflowInfo((info) => ({
      ...info,
      // Queries are answered live, they are not part of the history that is replayed.
      unsafe: { ...info.unsafe, isReplaying: true, isReplayingHistoryEvents: false },
    }));
    library.activate(activation);
    yield;
    return encodeCompletion(library.concludeActivation());
  }

  /** The completion that tells of `error`. The commands of the activation are lost, as they must be. */
  fail(error: unknown): Uint8Array {
    return failedCompletion(this.runId, error, this.activator);
  }

  /** What the workflow sent to sinks since the last call. */
  takeSinkCalls(): SinkCall[] {
    return this.activator?.getAndResetSinkCalls() ?? [];
  }

  /** Ends the run: interceptors and destructors are told, and nothing of it is reachable from the realm any more. */
  *dispose(): Generator<void, void> {
    if (this.activator === undefined) return;
    library.dispose();
    yield;
  }
}
