import type { WorkflowBundle } from '../bundle.ts';
import { StackMapper } from '../source-map.ts';
import { BundleScripts, Realm, type RealmOptions } from './realm.ts';
import { onRejectionIn } from './rejections.ts';

export interface RealmsOptions extends Omit<RealmOptions, 'sharedByRuns'> {
  bundle: WorkflowBundle;
  /**
   * Whether all runs live in one realm, with built-ins that are frozen. If not, each run has a realm of its own, whose
   * built-ins it may change; that costs about 4 ms and 1.4 MB a run.
   */
  reuseV8Context: boolean;
}

/** The realms of a thread: one for all runs, or one for each. */
export class Realms {
  /** Where what belongs to no run is done. All runs live here, unless each has its own realm. */
  readonly common: Realm;
  private readonly ofRuns: Map<string, OwnRealm> | undefined;
  private readonly newRealm: () => OwnRealm;
  private readonly stopListening: () => void;

  /** @param onRejection called for each promise of a workflow that is rejected with nobody there to handle it. */
  constructor({ bundle, reuseV8Context, ...options }: RealmsOptions, onRejection: (cause: unknown) => void) {
    const scripts = new BundleScripts(bundle);
    const stacks = new StackMapper(bundle);
    this.newRealm = () => {
      const realm = new Realm(scripts, { ...options, sharedByRuns: reuseV8Context }, stacks);
      return { realm, stopListening: onRejectionIn(realm.inside.Promise, onRejection) };
    };
    const { realm, stopListening } = this.newRealm();
    this.common = realm;
    this.stopListening = stopListening;
    if (!reuseV8Context) this.ofRuns = new Map();
  }

  /** The realm of a run, made for it if need be. */
  of(runId: string): Realm {
    if (this.ofRuns === undefined) return this.common;
    let own = this.ofRuns.get(runId);
    if (own === undefined) {
      own = this.newRealm();
      this.ofRuns.set(runId, own);
    }
    return own.realm;
  }

  /** Gives up the realm of a run that is gone. */
  release(runId: string): void {
    this.ofRuns?.get(runId)?.stopListening();
    this.ofRuns?.delete(runId);
  }

  close(): void {
    this.stopListening();
    for (const runId of this.ofRuns?.keys() ?? []) this.release(runId);
  }
}

interface OwnRealm {
  realm: Realm;
  stopListening(): void;
}
