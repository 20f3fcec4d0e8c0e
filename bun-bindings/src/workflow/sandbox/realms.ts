import type { LoadedBundle } from '../bundling/loaded-bundle.ts';
import { BundleScripts } from './bundle-scripts.ts';
import { ContextScope } from './context-scope.ts';
import type { EarlyBundle } from './early-bundle.ts';
import type { RealmKind } from './inside/main.ts';
import { InspectableScope } from './inspectable-scope.ts';
import { type BegunRealm, beginRealm, Realm, type RealmOptions } from './realm.ts';
import { onRejectionIn, type RejectionListener } from './rejections.ts';
import { StackMapper } from './source-map.ts';
import type { TurnListener } from './turn-listener.ts';

export interface RealmsOptions extends RealmOptions, Omit<RealmKind, 'sharedByRuns'> {
  bundle: LoadedBundle;
  /** Longest time that workflow code may run without a pause, in ms. */
  isolateExecutionTimeoutMs: number;
  /**
   * Whether all runs live in one realm, with built-ins that are frozen. If not, each run has a realm of its own, whose
   * built-ins it may change; that costs about 4 ms and 1.4 MB a run.
   */
  reuseV8Context: boolean;
  /** Whether a debugger is to see workflow code. Each run then has a realm of its own, and all the time. @default false */
  inspectable?: boolean;
  /** Serves for the first realm if it is of the same bundle. */
  early?: EarlyBundle | undefined;
  /** Whether workflows count as loaded only once all is done that the first run needs. @default false */
  readyWhenLoaded?: boolean;
  /**
   * Called when the workflows are loaded, perhaps before all is done that the first run needs. Nothing can fail after that.
   *
   * @param begunEarly whether `early` has served.
   */
  onLoaded?(begunEarly: boolean): void;
  /** Is told when workflow code runs. A debugger's code may run for any time, and tells nobody. */
  turns?: TurnListener;
}

/** The realms of a thread: one for all runs, or one for each. */
export class Realms {
  /** The realms of runs that do not live in the common one: because each has its own, or because theirs was given up. */
  readonly #ofRuns = new Map<string, OwnRealm>();
  readonly #newRealm: () => OwnRealm;
  readonly #sharedByRuns: boolean;
  #common: OwnRealm;

  /** @param onRejection called for each promise of a workflow that is rejected with nobody there to handle it. */
  constructor(options: RealmsOptions, onRejection: RejectionListener) {
    const { bundle, isolateExecutionTimeoutMs, reuseV8Context, inspectable = false, turns, ...rest } = options;
    const { early, readyWhenLoaded = false, onLoaded, notesCommandPlaces, ...realmOptions } = rest;
    const known = !inspectable && early?.isOf(bundle) ? early : undefined;
    const scripts = known?.scripts ?? new BundleScripts(bundle, inspectable);
    const stacks = known?.stacks ?? new StackMapper(bundle);
    const sharedByRuns = reuseV8Context && !inspectable;
    const kind: RealmKind = { sharedByRuns, notesCommandPlaces };
    const first = known?.isOfKind(kind) ? known : undefined;
    const open = (made?: EarlyBundle): OwnRealm => {
      const scope = inspectable
        ? new InspectableScope()
        : new ContextScope(isolateExecutionTimeoutMs, turns, made?.context);
      const begun: BegunRealm = made?.realm ?? beginRealm(scripts, scope, stacks, kind);
      const realm = new Realm(scripts, scope, realmOptions, begun);
      return { realm, stopListening: onRejectionIn(realm.inside.Promise, onRejection) };
    };
    this.#newRealm = () => {
      const own = open();
      own.realm.finish();
      return own;
    };
    this.#sharedByRuns = sharedByRuns;
    this.#common = open(first);
    // The user's own modules may fail.
    const finishesFirst = readyWhenLoaded || this.common.inside.hasPreloadedModules;
    if (finishesFirst) this.common.finish();
    onLoaded?.(first !== undefined);
    if (!finishesFirst) this.common.finish();
  }

  /** Where what belongs to no run is done. All new runs live here, unless each has its own realm. */
  get common(): Realm {
    return this.#common.realm;
  }

  /** The realm of a run, made for it if need be. */
  of(runId: string): Realm {
    let own = this.#ofRuns.get(runId);
    if (own === undefined) {
      if (this.#sharedByRuns) return this.common;
      own = this.#newRealm();
      this.#ofRuns.set(runId, own);
    }
    return own.realm;
  }

  /** Whether the realm of a run was given up by {@link replaceCommon}: the run may only be evicted. */
  isGivenUp(runId: string): boolean {
    return this.#sharedByRuns && this.#ofRuns.has(runId);
  }

  /** Makes another common realm. Those of `runIds` that live in the old one stay there until they are released. */
  replaceCommon(runIds: Iterable<string>): void {
    const old = this.#common;
    this.#common = this.#newRealm();
    let isInUse = false;
    for (const runId of runIds) {
      if (this.#ofRuns.has(runId)) continue;
      this.#ofRuns.set(runId, old);
      isInUse = true;
    }
    if (!isInUse) old.stopListening();
  }

  /** Gives up the realm of a run that is gone, if no other run lives there. */
  release(runId: string): void {
    const own = this.#ofRuns.get(runId);
    if (own === undefined) return;
    this.#ofRuns.delete(runId);
    if (![...this.#ofRuns.values()].includes(own)) own.stopListening();
  }

  close(): void {
    this.#common.stopListening();
    for (const runId of this.#ofRuns.keys()) this.release(runId);
  }
}

interface OwnRealm {
  realm: Realm;
  stopListening(): void;
}
