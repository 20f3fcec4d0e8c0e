import type { LoadedBundle } from '../bundling/loaded-bundle.ts';
import { BundleScripts } from './bundle-scripts.ts';
import { ContextScope } from './context-scope.ts';
import { InspectableScope } from './inspectable-scope.ts';
import { Realm, type RealmOptions } from './realm.ts';
import { onRejectionIn, type RejectionListener } from './rejections.ts';
import { StackMapper } from './source-map.ts';

export interface RealmsOptions extends Omit<RealmOptions, 'sharedByRuns'> {
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
}

/** The realms of a thread: one for all runs, or one for each. */
export class Realms {
  /** Where what belongs to no run is done. All runs live here, unless each has its own realm. */
  readonly common: Realm;
  readonly #ofRuns: Map<string, OwnRealm> | undefined;
  readonly #newRealm: () => OwnRealm;
  readonly #stopListening: () => void;

  /** @param onRejection called for each promise of a workflow that is rejected with nobody there to handle it. */
  constructor(options: RealmsOptions, onRejection: RejectionListener) {
    const { bundle, isolateExecutionTimeoutMs, reuseV8Context, inspectable = false, ...realmOptions } = options;
    const scripts = new BundleScripts(bundle, inspectable);
    const stacks = new StackMapper(bundle);
    const sharedByRuns = reuseV8Context && !inspectable;
    this.#newRealm = () => {
      const scope = inspectable ? new InspectableScope() : new ContextScope(isolateExecutionTimeoutMs);
      const realm = new Realm(scripts, scope, { ...realmOptions, sharedByRuns }, stacks);
      return { realm, stopListening: onRejectionIn(realm.inside.Promise, onRejection) };
    };
    const { realm, stopListening } = this.#newRealm();
    this.common = realm;
    this.#stopListening = stopListening;
    if (!sharedByRuns) this.#ofRuns = new Map();
  }

  /** The realm of a run, made for it if need be. */
  of(runId: string): Realm {
    if (this.#ofRuns === undefined) return this.common;
    let own = this.#ofRuns.get(runId);
    if (own === undefined) {
      own = this.#newRealm();
      this.#ofRuns.set(runId, own);
    }
    return own.realm;
  }

  /** Gives up the realm of a run that is gone. */
  release(runId: string): void {
    this.#ofRuns?.get(runId)?.stopListening();
    this.#ofRuns?.delete(runId);
  }

  close(): void {
    this.#stopListening();
    for (const runId of this.#ofRuns?.keys() ?? []) this.release(runId);
  }
}

interface OwnRealm {
  realm: Realm;
  stopListening(): void;
}
