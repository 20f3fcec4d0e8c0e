/**
 * The inside of an isolate: the realm in which all workflow runs of a thread live.
 *
 * This module is evaluated once in each realm. The imports come in an order that matters: the globals that the library
 * looks for must be there before it is evaluated, and it must have seen the real `Date` and `Math.random`.
 */
import './shared-state/record-collections.ts';
import './define-globals.ts';
import { IllegalStateError } from '@temporalio/common';
import { DeterminismViolationError } from '@temporalio/workflow';
import * as api from '@temporalio/workflow/lib/worker-interface';
import { adaptActivators, completeActivator, noteCommandPlaces, sharedByActivators } from './activator.ts';
import { builtinModule, ofRun } from './builtin-modules.ts';
import {
  beginCleanTurn,
  beginTurn,
  endCleanTurn,
  endTurn,
  keepRunsApart,
  noticeSymbols,
  requireStart,
  type UserCode,
} from './current.ts';
import { defineGlobals } from './define-globals.ts';
import { lookUpExtendedGlobals, sharedExtendedGlobals } from './extended-globals.ts';
import { explainFailedConversions } from './failed-conversions.ts';
import { defineActivator, removeUnsafeGlobals } from './global-object.ts';
import { Promise as WorkflowPromise } from './globals/promise.ts';
import { constantsOfOtherThreads, refuseOtherThreads } from './globals/shared-memory.ts';
import { installSort } from './globals/sort.ts';
import { clearTimeout, installDate, setTimeout } from './globals/time.ts';
import { evaluateBundle, type LibraryModules, type ModuleTable, preloadModules } from './module-links.ts';
import { random, whilePreloading } from './preloading.ts';
import { hasOwn } from './primordials.ts';
import { type Activation, activationMessages, decodeActivation, encodeLastCompletion } from './protos/messages.ts';
import { emptyCompletion, failedCompletion, type RunOptions, WorkflowRun, workflowSources } from './run.ts';
import { refusalText, watchDefinitions } from './shared-state/definitions.ts';
import { makeOwnSet, recordedCollections, recordingCollections } from './shared-state/record-collections.ts';
import { copyEncodings, freezeCachedNumbers, freezeDeep } from './shared-state/shared-constants.ts';
import { SharedState } from './shared-state/shared-state.ts';
import { watchSymbolUse } from './shared-state/symbol-use.ts';
import { installStackTraces } from './stack-text.ts';
import { realSources } from './workflow-info.ts';

export type { Activation, WorkflowRun };

/** The part of a realm's options that decides how it is made. */
export interface RealmKind {
  /** Whether several runs live in the realm; if not, the one that does may change it. */
  sharedByRuns: boolean;
  /** Whether to note where commands come from in the code, for replays that fail. @default false */
  notesCommandPlaces?: boolean;
}

/** The part of a realm's options that its runs are told of. */
export interface RunSettings {
  namespace: string;
  taskQueue: string;
  showStackTraceSources: boolean;
  registeredActivityNames: string[];
  /** Whether new runs have the globals that there are beyond those of `@temporalio/worker`. @default true */
  extendedGlobals?: boolean;
  /** Names of the error types that fail a workflow instead of its task: by workflow type, or `*` for all. */
  workflowFailureErrorTypes: Record<string, string[]>;
}

/** The functions that the host may call. They take and return only objects of this realm, text and numbers. */
export type Inside = ReturnType<typeof install>;

/** A class whose use fails and says why. */
function forbidden(name: string): unknown {
  return class {
    constructor() {
      throw new DeterminismViolationError(
        `${name} cannot be used in Workflows because garbage collection is not deterministic`,
      );
    }
  };
}

/** Functions of the library's own, by their modules, that change for all runs what freezing does not reach. */
const REGISTRATIONS: Record<string, string> = {
  '@temporalio/workflow/lib/cancellation-scope': 'registerSleepImplementation',
};

/** The library has made its registrations; a workflow that imports the module may make none. */
function closeRegistrations(modules: LibraryModules): void {
  for (const [name, register] of Object.entries(REGISTRATIONS)) {
    const module = modules[name];
    if (module === undefined) continue;
    Object.defineProperty(module, register, {
      value() {
        throw new TypeError(`Cannot call ${register}, which changes what all workflow runs share`);
      },
    });
  }
}

/** The exports that the library asks for. One of another name is none, such as an inherited `constructor`. */
function exportsFor(workflowType: string, workflows: Record<string, unknown>): object {
  const found: Record<string, unknown> = Object.create(null);
  for (const name of [workflowType, 'default']) if (hasOwn(workflows, name)) found[name] = workflows[name];
  return found;
}

/**
 * Makes a realm of the globals, without running code of the user's. It is to be finished before runs may start.
 *
 * @param kindJson a {@link RealmKind} in JSON: an object of the host must not stay here.
 */
export function install(modules: LibraryModules, kindJson: string, table: ModuleTable) {
  const kind = JSON.parse(kindJson) as RealmKind;
  const RealDate = Date;

  if (kind.sharedByRuns) closeRegistrations(modules);

  let pending: (() => unknown) | undefined;
  const libraryHooks = {
    api,
    importInterceptors() {
      const start = requireStart();
      completeActivator(start);
      return start.userCode.importInterceptors();
    },
    importWorkflows() {
      const { info, userCode } = requireStart();
      return exportsFor(info.workflowType, userCode.importWorkflows());
    },
    builtinModule,
  };
  Object.defineProperties(globalThis, {
    __TEMPORAL__: { value: libraryHooks },
    __temporal_enter: {
      value() {
        const call = pending;
        pending = undefined;
        return call?.();
      },
    },
  });

  removeUnsafeGlobals();
  refuseOtherThreads();
  defineActivator();
  adaptActivators();
  if (kind.notesCommandPlaces) noteCommandPlaces();
  explainFailedConversions();
  installDate();
  installSort();
  Math.random = random;
  // An error costs what its stack is deep. The engine's default, 10, cuts the callers off that matter.
  Error.stackTraceLimit = 50;
  installStackTraces();
  defineGlobals({
    Promise: WorkflowPromise,
    setTimeout,
    clearTimeout,
    WeakRef: forbidden('WeakRef'),
    FinalizationRegistry: forbidden('FinalizationRegistry'),
  });
  // Preloaded modules may take functions of the language at once, and call them later for a run.
  const definitions = kind.sharedByRuns ? watchDefinitions(noticeSymbols) : undefined;
  if (definitions !== undefined) watchSymbolUse(noticeSymbols, definitions);
  let runOptions: RunOptions;

  function finish(settings: RunSettings): void {
    const globals = makeOwnSet(Reflect.ownKeys(globalThis));
    const preloaded = whilePreloading(() => recordingCollections(() => preloadModules(table, modules)));
    const addedGlobals = Reflect.ownKeys(globalThis).filter((name) => !globals.has(name));
    const collections = recordedCollections();
    const { workflowFailureErrorTypes: failureTypes } = settings;
    runOptions = {
      ...kind,
      ...settings,
      extendedGlobals: settings.extendedGlobals ?? true,
      notesCommandPlaces: kind.notesCommandPlaces ?? false,
      hasPreloadedModules: Object.keys(preloaded.byId).length > 0,
      registeredActivityNames: new Set(settings.registeredActivityNames),
      failureTypesOf: (workflowType) => [
        ...(failureTypes['*'] ?? []),
        ...((Object.hasOwn(failureTypes, workflowType) ? failureTypes[workflowType] : undefined) ?? []),
      ],
      loadUserCode: () => evaluateBundle({ table, library: modules, preloaded }) as UserCode,
      getTimeOfDay: () => BigInt(RealDate.now()) * 1_000_000n,
    };
    if (definitions === undefined) return;
    lookUpExtendedGlobals();
    freezeCachedNumbers();
    copyEncodings();
    freezeDeep(table);
    const constants = [
      modules,
      // Compiled ES modules have getters: what these give is reached by their values.
      ...Object.values(modules).map((module) => Object.assign({}, module)),
      ofRun,
      realSources,
      workflowSources,
      ...constantsOfOtherThreads(),
    ];
    const roots = [
      libraryHooks,
      ...constants,
      ...activationMessages,
      ...sharedByActivators,
      ...sharedExtendedGlobals,
      runOptions.registeredActivityNames,
      runOptions.getTimeOfDay,
    ];
    // The getters of compiled ES modules are followed by their values here too.
    const ofPreloaded = [
      ...Object.values(preloaded.byId).flatMap((exports) => [exports, ...Object.values(Object(exports))]),
      ...addedGlobals.map((name) => Object.getOwnPropertyDescriptor(globalThis, name)?.value),
    ];
    const frozen = [...constants, preloaded.byId, ...preloaded.namespaces];
    const allCollections = [...collections, runOptions.registeredActivityNames];
    keepRunsApart(new SharedState(roots, ofPreloaded, frozen, allCollections, definitions));
  }

  return {
    /** The realm's own classes, to recognise whose promise was rejected, and whose an error is. */
    Promise,
    Error,

    /** Whether {@link finish} evaluates modules of the user's. */
    hasPreloadedModules: table.preloaded.length > 0,

    /**
     * Evaluates the preloaded modules, and takes what runs share as it is then for what it was before any run. To be called once:
     * runs may start after this.
     *
     * @param settingsJson {@link RunSettings} in JSON.
     */
    finish: (settingsJson: string): void => finish(JSON.parse(settingsJson) as RunSettings),

    /** Sets what the realm's `__temporal_enter()` does next. */
    prepare(call: () => unknown): void {
      pending = call;
    },

    decodeActivation,

    /** The run that an activation starts. */
    startRun(activation: Activation): WorkflowRun {
      const job = activation.jobs[0]?.initializeWorkflow;
      if (job == null) {
        throw new IllegalStateError('Received workflow activation for an untracked workflow with no init workflow job');
      }
      return new WorkflowRun(activation, job, runOptions);
    },

    beginTurn,
    endTurn,
    beginCleanTurn,
    endCleanTurn,

    /** Encodes the last completion once more: a run that changes built-ins may have spoiled how that was done. */
    encodeAgain: encodeLastCompletion,

    /** Makes the error of a task whose run has changed something that the realm cannot undo. */
    makeSpoiledError: (name: string) => new TypeError(refusalText('change', name)),

    emptyCompletion,

    /** An error of this realm with the text of one that was born outside of it. */
    makeError(name: string, message: string): Error {
      const error = new Error(message);
      Object.defineProperty(error, 'name', { value: name, configurable: true });
      error.stack = `${name}: ${message}`;
      return error;
    },

    /** Returns the error of a task in which a rejection of the run found no handler. */
    makeUnhandledRejection(cause: unknown): Error {
      const error = new Error(`Unhandled Promise rejection: ${cause}`, { cause });
      Object.defineProperty(error, 'name', { value: 'UnhandledRejectionError', configurable: true });
      return error;
    },

    /** The completion of an activation that no run could be made for, or whose own conversion of `error` failed. */
    failWithoutRun: (runId: string, error: unknown): Uint8Array => failedCompletion(runId, error, undefined),
  };
}
