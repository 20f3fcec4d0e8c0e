import type { Script } from 'node:vm';
import { isSameBundle, type LoadedBundle } from '../bundling/loaded-bundle.ts';
import { BundleScripts } from './bundle-scripts.ts';
import { newContext } from './context-scope.ts';
import type { RealmKind } from './inside/main.ts';
import { type BegunRealm, beginRealm } from './realm.ts';
import { StackMapper } from './source-map.ts';

/** The kind of realm that most workers want. */
const USUAL_KIND: RealmKind = { sharedByRuns: true, notesCommandPlaces: false };

/** A bundle that is compiled, with a first realm begun, before anybody has said what options that has. */
export class EarlyBundle {
  readonly scripts: BundleScripts;
  readonly stacks: StackMapper;
  /** The globals of {@link realm}. */
  readonly context = newContext();
  readonly realm: BegunRealm;
  readonly #bundle: LoadedBundle;

  constructor(bundle: LoadedBundle) {
    this.#bundle = bundle;
    this.scripts = new BundleScripts(bundle, false);
    this.stacks = new StackMapper(bundle);
    const scope = { evaluate: (script: Script): unknown => script.runInContext(this.context) };
    this.realm = beginRealm(this.scripts, scope, this.stacks, USUAL_KIND);
  }

  /** Whether this was made of a bundle with the same code. */
  isOf(bundle: LoadedBundle): boolean {
    return isSameBundle(this.#bundle, bundle);
  }

  /** Whether {@link realm} is of a kind. */
  isOfKind({ sharedByRuns, notesCommandPlaces = false }: RealmKind): boolean {
    return sharedByRuns === USUAL_KIND.sharedByRuns && notesCommandPlaces === USUAL_KIND.notesCommandPlaces;
  }
}
