import type { SinkCall } from '@temporalio/workflow';
import { serializeError } from '../../serialize-error.ts';
import type { Activation, WorkflowRun } from './inside/main.ts';
import type { Realm } from './realm.ts';
import { Realms, type RealmsOptions } from './realms.ts';
import { rejectionsReported } from './rejections.ts';

export type IsolateOptions = RealmsOptions;

/** What an activation led to. */
export interface ActivationResult {
  /** An encoded `WorkflowActivationCompletion`. */
  completion: Uint8Array;
  /** Why the activation failed the workflow task; undefined if it did not. */
  failure: Error | undefined;
  /** What the workflow sent to its sinks, also when the activation failed. The objects belong to the isolate. */
  sinkCalls: SinkCall[];
  /** Set when the activation evicted the run. */
  eviction?: { runId: string; reason: number; message: string };
  /** Why the run could not be disposed of; the eviction is complete all the same. */
  disposeError?: Error;
}

/**
 * Runs workflows: takes activations, gives completions.
 *
 * It needs no thread of its own and no native code. One activation is applied at a time; those that come in meanwhile wait.
 */
export class IsolateHost {
  private readonly realms: Realms;
  private readonly runs = new Map<string, WorkflowRun>();
  private turn: Promise<unknown> = Promise.resolve();
  private applying = false;
  private rejection: { cause: unknown } | undefined;

  constructor(options: IsolateOptions) {
    this.realms = new Realms(options, (cause) => {
      if (this.applying) this.rejection ??= { cause };
      return this.applying;
    });
  }

  /** Number of runs that are kept in memory. */
  get cachedRuns(): number {
    return this.runs.size;
  }

  /**
   * Applies an encoded `WorkflowActivation`. What goes wrong in a workflow fails its task: the completion says so.
   *
   * @throws if the bytes are not an activation.
   */
  activate(activation: Uint8Array): Promise<ActivationResult> {
    const result = this.turn.then(async () => {
      this.applying = true;
      try {
        return await this.apply(activation);
      } finally {
        this.applying = false;
      }
    });
    this.turn = result.catch(() => {});
    return result;
  }

  /** Calls what may come upon a run's code, in getters for example, and gives it no more time than an activation has. */
  limitTime<T>(runId: string, call: () => T): T {
    return this.realms.of(runId).enter(call);
  }

  /**
   * The completion for an activation that could not be applied, because of something outside of the workflow.
   *
   * @throws if the bytes are not an activation.
   */
  failure(activation: Uint8Array, error: unknown): Uint8Array {
    const { inside } = this.realms.common;
    const { runId } = inside.decodeActivation(activation);
    const { name, message } = serializeError(error);
    return ofThisRealm(inside.failWithoutRun(runId, inside.makeError(name, message)));
  }

  /** Drops all runs without telling them. The host must not be used any more. */
  close(): void {
    this.realms.close();
    this.runs.clear();
  }

  private async apply(bytes: Uint8Array): Promise<ActivationResult> {
    const { common } = this.realms;
    const activation = common.inside.decodeActivation(bytes);
    const { runId, jobs } = activation;
    const removal = jobs.find((job) => job.removeFromCache != null)?.removeFromCache;
    if (removal == null) {
      const realm = this.realms.of(runId);
      // A run may only see objects of its own realm.
      const own = realm === common ? activation : realm.inside.decodeActivation(bytes);
      const { completion, failure } = await this.applyJobs(realm, own);
      return { completion: ofThisRealm(completion), failure, sinkCalls: this.takeSinkCalls(runId) };
    }
    const eviction = { runId, reason: removal.reason ?? 0, message: removal.message ?? '' };
    const disposeError = await this.evict(runId);
    return {
      completion: ofThisRealm(common.inside.emptyCompletion(runId)),
      failure: undefined,
      sinkCalls: [],
      eviction,
      disposeError,
    };
  }

  private async applyJobs(
    realm: Realm,
    activation: Activation,
  ): Promise<Pick<ActivationResult, 'completion' | 'failure'>> {
    const { inside } = realm;
    const { runId } = activation;
    this.rejection = undefined;
    let completion: Uint8Array;
    let failure: Error | undefined;
    try {
      completion = drive(realm, () => {
        if (activation.jobs.length === 0)
          throw inside.makeError('IllegalStateError', 'Got a Workflow activation with no jobs');
        return this.currentRun(realm, activation).activate(activation);
      });
    } catch (error) {
      completion = this.fail(realm, runId, error);
      failure = shown(realm, error);
    }
    const tampering = inside.checkSharedState();
    if (tampering !== undefined) {
      completion = this.fail(realm, runId, tampering);
      failure = shown(realm, tampering);
    }
    await rejectionsReported();
    // Assigned by the listener meanwhile, which the compiler cannot know.
    const rejection = this.rejection as { cause: unknown } | undefined;
    if (rejection !== undefined) {
      completion = this.fail(realm, runId, rejection.cause, inside.makeUnhandledRejection);
      failure = shown(realm, rejection.cause);
    }
    inside.setCurrentRun(undefined);
    return { completion, failure };
  }

  private currentRun({ inside }: Realm, activation: Activation): WorkflowRun {
    let run = this.runs.get(activation.runId);
    if (run === undefined) {
      run = inside.startRun(activation);
      this.runs.set(activation.runId, run);
    } else {
      inside.setCurrentRun(run);
    }
    return run;
  }

  /** The completion for an activation that ended with `error`, which may be of either realm. */
  private fail(
    realm: Realm,
    runId: string,
    error: unknown,
    wrap: (error: unknown) => unknown = (same) => same,
  ): Uint8Array {
    const { inside } = realm;
    const run = this.runs.get(runId);
    try {
      // To look at what a workflow has thrown may take for ever: it may be a proxy, or have getters.
      return realm.enter(() => {
        const cause = realm.isForeign(error) ? inside.makeError(error.name, error.message) : error;
        return run ? run.fail(wrap(cause)) : inside.failWithoutRun(runId, wrap(cause));
      });
    } catch (unconverted) {
      // The error or the workflow's own failure converter is at fault, or took too long.
      const message = `${shown(realm, error).message} (which could not be converted: ${shown(realm, unconverted).message})`;
      return inside.failWithoutRun(runId, inside.makeError('Error', message));
    }
  }

  private takeSinkCalls(runId: string): SinkCall[] {
    return this.runs.get(runId)?.takeSinkCalls() ?? [];
  }

  private async evict(runId: string): Promise<Error | undefined> {
    const run = this.runs.get(runId);
    if (run === undefined) {
      // It did not get as far as a run, but it may have a realm.
      this.realms.release(runId);
      return undefined;
    }
    const realm = this.realms.of(runId);
    const { inside } = realm;
    this.runs.delete(runId);
    try {
      drive(realm, () => {
        inside.setCurrentRun(run);
        return run.dispose();
      });
      return undefined;
    } catch (error) {
      return shown(realm, error);
    } finally {
      inside.checkSharedState();
      await rejectionsReported();
      inside.setCurrentRun(undefined);
      this.realms.release(runId);
    }
  }
}

/** An error of the thread's with what can be seen in time of one that workflow code has thrown. */
function shown(realm: Realm, error: unknown): Error {
  try {
    return realm.enter(() => serializeError(error));
  } catch {
    return new Error('An error that takes too long to show');
  }
}

/** Runs a generator of a realm to its end; at each pause workflow code goes on in microtasks. */
function drive<T>(realm: Realm, start: () => Generator<void, T>): T {
  let steps: Generator<void, T> | undefined;
  for (;;) {
    const step = realm.enter(() => {
      steps ??= start();
      return steps.next();
    });
    if (step.done) return step.value;
  }
}

/** The same bytes as an array that `instanceof Uint8Array` knows here. */
function ofThisRealm(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
