import type { SinkCall } from '@temporalio/workflow';
import { serializeError } from '../../serialize-error.ts';
import { type CodePlaces, placeInStack } from './inside/code-places.ts';
import type { Activation, WorkflowRun } from './inside/main.ts';
import type { TakenSinkCalls } from './inside/run.ts';
import type { Realm } from './realm.ts';
import { Realms, type RealmsOptions } from './realms.ts';
import { rejectionsReported } from './rejections.ts';
import type { TurnListener } from './turn-listener.ts';

export interface IsolateOptions extends RealmsOptions {
  /** Says why no run of this type may start now. Undefined if it may. @default all may */
  refusalOf?(workflowType: string): string | undefined;
}

/** The result of an activation. */
export interface ActivationResult<Taken = SinkCall[]> {
  /** An encoded `WorkflowActivationCompletion`. */
  completion: Uint8Array;
  /** Why the activation failed the workflow task; undefined if it did not. */
  failure: Error | undefined;
  /** The workflow's sink calls, ready to be sent to the main thread. Present also when the activation failed. */
  sinkCalls: Taken | undefined;
  /** Why a promise was rejected, with nobody to handle it, while the arguments of sink calls were read. It fails no task. */
  sinkRejection?: Error | undefined;
  /** Set when the activation evicted the run. */
  eviction?: { runId: string; reason: number; message: string; places?: CodePlaces | undefined };
  /** Why the run could not be disposed of; the eviction is complete all the same. */
  disposeError?: Error;
  /**
   * The runs whose realm was given up, because this run has changed what all runs share in a way that cannot be undone. They
   * have to be evicted: their tasks fail until then, and they are replayed in another realm.
   */
  stranded?: string[];
}

/**
 * Takes what a workflow has sent to its sinks, while its run has its turn. The arguments are the workflow's own objects, whose
 * getters may run its code: `limitTime` calls what may come upon them, and gives it no more time than an activation has.
 */
export type TakeSinkCalls<Taken> = (calls: SinkCall[], limitTime: <T>(call: () => T) => T) => Taken;

/**
 * What came of an activation: its completion, or an error that is still to be made into one. That waits for the end of the
 * run's turn when it could not be done before: the run may have spoiled what it takes.
 */
type Made = { failure: Error | undefined } & ({ completion: Uint8Array } | { error: Error });

/** Reasons of evictions that end a replay which has failed: NONDETERMINISM, LANG_FAIL and FATAL of `EvictionReason`. */
const FAILED_REPLAY = [3, 4, 8];

/** The run whose activation is applied. */
interface Turn {
  runId: string;
  /** A rejection of the run's that nobody has handled. */
  rejection: { cause: unknown } | undefined;
}

/**
 * Runs workflows: takes activations, gives completions.
 *
 * It needs no thread of its own and no native code. One activation is applied at a time; those that come in meanwhile wait.
 */
export class IsolateHost {
  readonly #realms: Realms;
  /** The run that was active last is the last. */
  readonly #runs = new Map<string, WorkflowRun>();
  /** Where the code of runs has failed their last task, if that is asked for. */
  readonly #failures = new Map<string, string | undefined>();
  readonly #notesPlaces: boolean;
  readonly #turns: TurnListener | undefined;
  readonly #refusalOf: IsolateOptions['refusalOf'];
  /** The workflow types of runs, if somebody is told of their turns. */
  readonly #types = new Map<string, string>();
  #last: Promise<unknown> = Promise.resolve();
  #turn: Turn | undefined;

  constructor({ refusalOf, ...options }: IsolateOptions) {
    this.#refusalOf = refusalOf;
    this.#turns = options.turns;
    this.#notesPlaces = options.notesCommandPlaces ?? false;
    this.#realms = new Realms(options, (cause) => {
      if (this.#turn === undefined) return false;
      this.#turn.rejection ??= { cause };
      return true;
    });
  }

  /** Number of runs that are kept in memory. */
  get cachedRuns(): number {
    return this.#runs.size;
  }

  /** Ids of runs in memory but the one that was active last, up to `count`, the least recently used first. */
  leastRecentlyUsed(count: number): string[] {
    return [...this.#runs.keys().take(Math.min(count, this.#runs.size - 1))];
  }

  /**
   * Applies an encoded `WorkflowActivation`. What goes wrong in a workflow fails its task: the completion says so.
   *
   * @param takeSinkCalls called with what the workflow has sent to its sinks, if there is anything. If it throws, so does this.
   * @throws if the bytes are not an activation.
   */
  activate<Taken = SinkCall[]>(
    activation: Uint8Array,
    takeSinkCalls?: TakeSinkCalls<Taken>,
  ): Promise<ActivationResult<Taken>> {
    const result = this.#last.then(() => this.#apply(activation, takeSinkCalls ?? ((calls) => calls as Taken)));
    this.#last = result.catch(() => {});
    return result;
  }

  /**
   * The completion for an activation that could not be applied, because of something outside of the workflow.
   *
   * @throws if the bytes are not an activation.
   */
  failure(activation: Uint8Array, error: unknown): Uint8Array {
    const { inside } = this.#realms.common;
    const { runId } = inside.decodeActivation(activation);
    const { name, message } = serializeError(error);
    return ofThisRealm(inside.failWithoutRun(runId, inside.makeError(name, message)));
  }

  /** Drops all runs without telling them. The host must not be used any more. */
  close(): void {
    this.#realms.close();
    this.#forgetRuns();
  }

  /** Drops all runs without telling them. The host may be used for others. */
  dropRuns(): void {
    for (const runId of this.#runs.keys()) this.#realms.release(runId);
    this.#forgetRuns();
  }

  #forgetRuns(): void {
    this.#runs.clear();
    this.#types.clear();
    this.#failures.clear();
  }

  async #apply<Taken>(bytes: Uint8Array, takeSinkCalls: TakeSinkCalls<Taken>): Promise<ActivationResult<Taken>> {
    const { common } = this.#realms;
    const activation = common.inside.decodeActivation(bytes);
    const { runId, jobs } = activation;
    const removal = jobs.find((job) => job.removeFromCache != null)?.removeFromCache;
    const startedType = jobs.find((job) => job.initializeWorkflow != null)?.initializeWorkflow?.workflowType;
    this.#tellTurn(runId, startedType);
    try {
      this.#turn = { runId, rejection: undefined };
      if (removal == null) {
        const refusal = startedType == null ? undefined : this.#refusalOf?.(startedType);
        if (refusal !== undefined) return this.#refuse(runId, 'Error', refusal);
        if (this.#realms.isGivenUp(runId)) return this.#refuseStranded(runId);
        const realm = this.#realms.of(runId);
        // A run may only see objects of its own realm.
        const own = realm === common ? activation : realm.inside.decodeActivation(bytes);
        const result = await this.#applyJobs(realm, own, this.#turn, takeSinkCalls);
        if (this.#notesPlaces && result.failure) this.#failures.set(runId, placeInStack(result.failure.stack));
        return result;
      }
      const eviction = {
        runId,
        reason: removal.reason ?? 0,
        message: removal.message ?? '',
        places: this.#placesOf(runId, removal.reason ?? 0),
      };
      const evicted = await this.#evict(runId);
      const completion = ofThisRealm(common.inside.emptyCompletion(runId));
      return { completion, failure: undefined, sinkCalls: undefined, eviction, ...evicted };
    } finally {
      this.#turn = undefined;
    }
  }

  async #applyJobs<Taken>(
    realm: Realm,
    activation: Activation,
    turn: Turn,
    takeSinkCalls: TakeSinkCalls<Taken>,
  ): Promise<ActivationResult<Taken>> {
    const { inside } = realm;
    const { runId } = activation;
    let made: Made;
    let taken: TakenSinkCalls | undefined;
    try {
      const completion = drive(
        realm,
        () => {
          if (activation.jobs.length === 0)
            throw inside.makeError('IllegalStateError', 'Got a Workflow activation with no jobs');
          return this.#currentRun(realm, activation).activate(activation);
        },
        // Before the realm is left: to enter it once more costs more than the rest of this.
        () => {
          taken = this.#runs.get(runId)?.takeSinkCalls();
        },
      );
      made = { completion, failure: undefined };
    } catch (error) {
      made = this.#fail(realm, runId, error);
    }
    const run = this.#runs.get(runId);
    let spoiled: string | undefined;
    const endTurn = (): void => {
      spoiled = inside.endTurn() ?? spoiled;
      if (run?.changes === undefined || !('completion' in made)) return;
      made = this.#encodeAgain(realm, run, made.failure);
      spoiled = inside.endCleanTurn() ?? spoiled;
    };
    const take = (): (() => Taken | undefined) =>
      attempt(() => {
        const { calls } = taken ?? realm.enter(() => run?.takeSinkCalls()) ?? { calls: [] };
        return calls.length > 0 ? takeSinkCalls(calls, (call) => realm.enter(call)) : undefined;
      });
    const haveCode = taken === undefined || taken.haveCode;
    let sinkCalls = haveCode ? undefined : take();
    endTurn();
    await rejectionsReported();
    const { rejection } = turn;
    if (sinkCalls === undefined && run !== undefined) {
      // Rejections of getters in the arguments come after those of the workflow, which fail its task.
      turn.rejection = undefined;
      inside.beginTurn(run);
      sinkCalls = take();
      endTurn();
      await rejectionsReported();
    }
    const ofSinks = rejection === turn.rejection ? undefined : turn.rejection;
    if (rejection !== undefined) {
      if (run !== undefined) inside.beginTurn(run);
      made = this.#fail(realm, runId, rejection.cause, inside.makeUnhandledRejection);
      endTurn();
      await rejectionsReported();
    }
    const stranded = spoiled === undefined ? undefined : this.#giveUpCommon();
    const { common } = this.#realms;
    if (spoiled !== undefined) made = failedBy(common, common.inside.makeSpoiledError(spoiled));
    const completion = ofThisRealm('error' in made ? common.inside.failWithoutRun(runId, made.error) : made.completion);
    const sinkRejection = ofSinks && shown(realm, ofSinks.cause);
    return { completion, failure: made.failure, sinkCalls: sinkCalls?.(), sinkRejection, stranded };
  }

  /** Replaces the realm that runs share. Returns the runs that live in the old one. */
  #giveUpCommon(): string[] {
    const runIds = [...this.#runs.keys()].filter((runId) => !this.#realms.isGivenUp(runId));
    this.#realms.replaceCommon(runIds);
    return runIds;
  }

  #tellTurn(runId: string, startedType: string | null | undefined): void {
    if (this.#turns === undefined) return;
    if (startedType != null) this.#types.set(runId, startedType);
    this.#turns.began(runId, this.#types.get(runId));
  }

  /** The result of an activation of a run whose realm was given up. */
  #refuseStranded<Taken>(runId: string): ActivationResult<Taken> {
    const message =
      'The context of this run was given up, because another run has spoiled it. The run is replayed in a new one';
    return this.#refuse(runId, 'IllegalStateError', message);
  }

  /** The result of an activation that is not applied. */
  #refuse<Taken>(runId: string, name: string, message: string): ActivationResult<Taken> {
    const { inside } = this.#realms.common;
    const error = inside.makeError(name, message);
    return { completion: ofThisRealm(inside.failWithoutRun(runId, error)), failure: error, sinkCalls: undefined };
  }

  /** The completion of a run that has changed built-ins, encoded without its changes: it could be anything otherwise. */
  #encodeAgain(realm: Realm, run: WorkflowRun, failure: Error | undefined): Made {
    const { inside } = realm;
    try {
      inside.beginCleanTurn(run);
      return { completion: realm.enter(() => inside.encodeAgain()), failure };
    } catch (error) {
      const { common } = this.#realms;
      return failedBy(common, common.inside.makeError('Error', shown(realm, error).message));
    }
  }

  #currentRun({ inside }: Realm, activation: Activation): WorkflowRun {
    let run = this.#runs.get(activation.runId);
    if (run === undefined) {
      run = inside.startRun(activation);
    } else {
      inside.beginTurn(run);
      this.#runs.delete(activation.runId);
    }
    this.#runs.set(activation.runId, run);
    return run;
  }

  /** Makes the result of an activation that ended with `error`, which may be of either realm. */
  #fail(realm: Realm, runId: string, error: unknown, wrap: (error: unknown) => unknown = (same) => same): Made {
    const { inside } = realm;
    const run = this.#runs.get(runId);
    try {
      // To look at what a workflow has thrown may take for ever: it may be a proxy, or have getters.
      const completion = realm.enter(() => {
        const cause = realm.isForeign(error) ? inside.makeError(error.name, error.message) : error;
        return run ? run.fail(wrap(cause)) : inside.failWithoutRun(runId, wrap(cause));
      });
      return { completion, failure: shown(realm, error) };
    } catch (unconverted) {
      // The error or the workflow's own failure converter is at fault, or took too long.
      const message = `${shown(realm, error).message} (which could not be converted: ${shown(realm, unconverted).message})`;
      const { common } = this.#realms;
      return failedBy(common, common.inside.makeError('Error', message));
    }
  }

  /** Where a run that is about to be evicted was in its code. Undefined if nobody has asked for that, or it cannot be told. */
  #placesOf(runId: string, reason: number): CodePlaces | undefined {
    const run = this.#runs.get(runId);
    if (!this.#notesPlaces || run === undefined || !FAILED_REPLAY.includes(reason)) return undefined;
    const realm = this.#realms.of(runId);
    const { inside } = realm;
    try {
      inside.beginCleanTurn(run);
      const places = realm.enter(() => run.readCodePlaces());
      return places === undefined ? undefined : { ...JSON.parse(places), failure: this.#failures.get(runId) };
    } catch {
      return undefined; // the run has spoiled what this takes
    } finally {
      this.#failures.delete(runId);
      inside.endCleanTurn();
    }
  }

  async #evict(runId: string): Promise<{ disposeError?: Error; stranded?: string[] }> {
    const run = this.#runs.get(runId);
    this.#types.delete(runId);
    if (run === undefined) {
      // It did not get as far as a run, but it may have a realm.
      this.#realms.release(runId);
      return {};
    }
    const realm = this.#realms.of(runId);
    const { inside } = realm;
    this.#runs.delete(runId);
    let disposeError: Error | undefined;
    try {
      drive(realm, () => {
        inside.beginTurn(run);
        return run.dispose();
      });
    } catch (error) {
      disposeError = shown(realm, error);
    }
    const isSpoiled = inside.endTurn() !== undefined && !this.#realms.isGivenUp(runId);
    await rejectionsReported();
    this.#realms.release(runId);
    return { disposeError, stranded: isSpoiled ? this.#giveUpCommon() : undefined };
  }
}

/** Makes the result of an activation that failed with an error of the realm `common`, which belongs to no run. */
function failedBy(common: Realm, error: Error): Made {
  return { error, failure: shown(common, error) };
}

/** Calls `make` now. Returns a function that gives its result, or throws what it has thrown. */
function attempt<T>(make: () => T): () => T {
  try {
    const made = make();
    return () => made;
  } catch (error) {
    return () => {
      throw error;
    };
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

/** Runs a generator of a realm to its end; at each pause workflow code goes on in microtasks. `end` follows the last step. */
function drive<T>(realm: Realm, start: () => Generator<void, T>, end?: () => void): T {
  let steps: Generator<void, T> | undefined;
  for (;;) {
    const step = realm.enter(() => {
      steps ??= start();
      const next = steps.next();
      if (next.done) end?.();
      return next;
    });
    if (step.done) return step.value;
  }
}

/** The same bytes as an array that `instanceof Uint8Array` knows here. */
function ofThisRealm(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
