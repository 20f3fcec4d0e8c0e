import { defaultFailureConverter, defaultPayloadConverter, type ProtoFailure } from '@temporalio/common';
import { tsToMs } from '@temporalio/common/lib/time';
import type { coresdk } from '@temporalio/proto';
import type { CancellationScope, WorkflowInfo } from '@temporalio/workflow';
import { SdkFlags } from '@temporalio/workflow/lib/flags';
import type { Activator } from '@temporalio/workflow/lib/internals';
import type { SinkCall } from '@temporalio/workflow/lib/sinks';
import * as library from '@temporalio/workflow/lib/worker-interface';
import { callHost, host } from './bridge.ts';
import { CommandPlaces } from './command-places.ts';
import { beginTurn, type RunStart, type RunState, type StackFormatter, type UserCode } from './current.ts';
import { defineExtendedGlobals } from './extended-globals.ts';
import { type Activation, encodeCompletion } from './protos/messages.ts';
import { type Recorder, recorderOf } from './recorder.ts';
import type { Changes } from './shared-state/shared-state.ts';
import { haveCode } from './sink-arguments.ts';
import { mapErrorStacks } from './stack-frames.ts';
import { Waits } from './waits.ts';
import { infoOfActivation, makeWorkflowInfo } from './workflow-info.ts';

type Job = coresdk.workflow_activation.IWorkflowActivationJob;

export interface TakenSinkCalls {
  calls: SinkCall[];
  /** Whether reading their arguments may run code of the workflow. */
  haveCode: boolean;
}

/** The worker's decisions for all runs of a thread. */
export interface RunOptions {
  namespace: string;
  taskQueue: string;
  showStackTraceSources: boolean;
  sharedByRuns: boolean;
  extendedGlobals: boolean;
  /** Whether to note where commands come from in the code. */
  notesCommandPlaces: boolean;
  /** Preloaded modules may keep symbols, and hand them to any run. */
  hasPreloadedModules: boolean;
  registeredActivityNames: Set<string>;
  /** Names of the error types that fail a workflow of a type, instead of its task. */
  failureTypesOf(workflowType: string): string[];
  /** Evaluates the user's code. */
  loadUserCode(): UserCode;
  getTimeOfDay(): bigint;
}

interface Sources {
  sources: readonly string[];
  sourcesContent: readonly string[];
}

let cachedSources: Sources | undefined;

/** The workflows' sources, read when the first query asks. All runs of the realm get the same, so they are frozen. */
function readSources(): Sources {
  if (cachedSources === undefined) {
    const { sources, sourcesContent } = JSON.parse(host.sources()) as Sources;
    cachedSources = { sources: Object.freeze(sources), sourcesContent: Object.freeze(sourcesContent) };
  }
  return cachedSources;
}

/** As much of a source map as an enhanced stack trace needs; it asks both fields for each frame. */
export const workflowSources: Sources = Object.freeze({
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

function isQuery(job: Job): boolean {
  return job.queryWorkflow != null;
}

function isSignal(job: Job): boolean {
  return job.signalWorkflow != null;
}

/** A completion that fails the workflow task; of the run if it has got so far, else by the default conversion. */
export function failedCompletion(runId: string, error: unknown, activator: Activator | undefined): Uint8Array {
  return encodeCompletion({ runId, failed: { failure: activator?.errorToFailure(error) ?? defaultFailure(error) } });
}

function defaultFailure(error: unknown): ProtoFailure {
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
  changes: Changes | undefined;
  mayHaveSymbols: boolean;
  readonly timeouts = new Map<number, CancellationScope>();
  readonly waits = new Waits();
  readonly recorder: Recorder;
  readonly commandPlaces: CommandPlaces | undefined;
  made: Map<string, unknown> | undefined;
  builtinModules: Map<string, { exports: unknown }> | undefined;
  activator: Activator | undefined;
  stackFormatter: StackFormatter | undefined;
  start: RunStart | undefined;

  /** Evaluates the user's code for this run; what that leaves to microtasks happens when the caller yields. */
  constructor(activation: Activation, job: coresdk.workflow_activation.IInitializeWorkflow, options: RunOptions) {
    if (job.randomnessSeed == null) throw new TypeError('InitializeWorkflow has no randomness seed');
    this.runId = activation.runId;
    this.mayHaveSymbols = options.hasPreloadedModules;
    const info = makeWorkflowInfo(activation, job, options);
    const failureExceptionTypeNames = options.failureTypesOf(info.workflowType);
    this.recorder = recorderOf(activation, options.extendedGlobals);
    if (options.notesCommandPlaces) this.commandPlaces = new CommandPlaces();
    if (this.recorder.extendedGlobals && !options.sharedByRuns) defineExtendedGlobals();
    beginTurn(this);
    this.start = { info, userCode: options.loadUserCode() };
    library.initRuntime({
      // The library copies it, so that it belongs to the realm. Ours does: `completeActivator` puts it in place.
      info: {} as WorkflowInfo,
      randomnessSeed: job.randomnessSeed.toBytes(),
      now: tsToMs(activation.timestamp),
      showStackTraceSources: options.showStackTraceSources,
      failureExceptionTypeNames,
      sourceMap: workflowSources as never,
      stackTracesEnabled: true,
      registeredActivityNames: options.registeredActivityNames,
      getTimeOfDay: options.getTimeOfDay,
      patchActivationCallback: host.decidePatch && decidePatch,
    });
    this.start = undefined;
  }

  #requireActivator(): Activator {
    if (this.activator === undefined) throw new TypeError('The workflow run was disposed of');
    return this.activator;
  }

  /** Applies the jobs of an activation, in the order and with the pauses that histories rely on. */
  *activate(activation: Activation): Generator<void, Uint8Array> {
    const activator = this.#requireActivator();
    const { jobs } = activation;
    if (jobs.some(isQuery)) {
      if (!jobs.every(isQuery)) throw new TypeError('Got both queries and other jobs in a single activation');
      return yield* this.#answerQueries(activation);
    }
    if (activation.timestamp == null) {
      throw new TypeError('Expected activation.timestamp to be set for non-query activation');
    }
    activator.now = tsToMs(activation.timestamp);
    const hasEnded = activator.completed;
    activator.addKnownFlags(activation.availableInternalFlags ?? []);
    if (activation.lastSdkVersion) activator.sdkVersion = activation.lastSdkVersion;

    const start = jobs.find((job) => job.initializeWorkflow != null)?.initializeWorkflow;
    if (start == null) {
      const isReplaying = activation.isReplaying ?? false;
      activator.mutateWorkflowInfo((info) => ({
        ...info,
        ...infoOfActivation(activation),
        unsafe: { ...info.unsafe, isReplaying, isReplayingHistoryEvents: isReplaying },
      }));
    } else {
      library.initialize(start);
      yield;
    }

    // Before 1.11.0 jobs were applied in batches when there were signals; such histories are replayed like that.
    const asOneBatch = !jobs.some(isSignal) || activator.hasFlag(SdkFlags.ProcessWorkflowActivationJobsAsSingleBatch);

    for (const { notifyHasPatch } of jobs) if (notifyHasPatch != null) activator.notifyHasPatch(notifyHasPatch);
    const unpatched = jobs.filter((job) => job.notifyHasPatch == null);

    if (asOneBatch) {
      const seed = unpatched.findLast((job) => job.updateRandomSeed != null)?.updateRandomSeed;
      if (seed != null) activator.updateRandomSeed(seed);
      const rest = unpatched.filter((job) => job.updateRandomSeed == null);
      yield* this.#applyBatch(activation, rest, 0);
    } else {
      const batches = [unpatched.filter(isSignal), unpatched.filter((job) => !isSignal(job))];
      for (const [index, batch] of batches.filter(({ length }) => length > 0).entries())
        yield* this.#applyBatch(activation, batch, index);
    }
    const completion = library.concludeActivation();
    // What the workflow left behind may go on. Its commands would come after the one that ended the workflow, for which the
    // server refuses the whole task.
    if (hasEnded && completion.successful != null) completion.successful.commands = [];
    return encodeCompletion(completion);
  }

  *#applyBatch(activation: Activation, jobs: Job[], index: number): Generator<void, void> {
    activation.jobs = jobs;
    library.activate(activation, index);
    yield;
    for (;;) {
      const unblocked = library.tryUnblockConditions();
      // With no condition left to evaluate no workflow code has run, so there are no microtasks to wait for.
      if (unblocked > 0 || this.#requireActivator().blockedConditions.size > 0) yield;
      if (unblocked === 0) return;
    }
  }

  *#answerQueries(activation: Activation): Generator<void, Uint8Array> {
    this.#requireActivator().mutateWorkflowInfo((info) => ({
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

  /** Returns the sink calls that the workflow has made since the last call. */
  takeSinkCalls(): TakenSinkCalls {
    const calls = this.activator?.getAndResetSinkCalls() ?? [];
    return { calls, haveCode: haveCode(calls) };
  }

  /** JSON of the run's `CodePlaces`. Undefined if they were not noted. */
  readCodePlaces(): string | undefined {
    return this.commandPlaces?.read(this.waits.stacks(this.#requireActivator()));
  }

  /** Ends the run: interceptors and destructors are told, and nothing of it is reachable from the realm any more. */
  *dispose(): Generator<void, void> {
    if (this.activator === undefined) return;
    library.dispose();
    yield;
  }
}
