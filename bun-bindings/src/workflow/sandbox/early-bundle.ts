import type { Script } from 'node:vm';
import type { LoadedBundle } from '../bundling/loaded-bundle.ts';
import { BundleScripts } from './bundle-scripts.ts';
import { newContext } from './context-scope.ts';
import { evaluateLibrary, type Library } from './realm.ts';
import { StackMapper } from './source-map.ts';

/** A bundle that is compiled, with its library evaluated for a first realm, before anybody has said what options that has. */
export class EarlyBundle {
  readonly scripts: BundleScripts;
  readonly stacks: StackMapper;
  /** The globals in which {@link library} was evaluated. */
  readonly context = newContext();
  readonly library: Library;
  readonly #bundle: LoadedBundle;

  constructor(bundle: LoadedBundle) {
    this.#bundle = bundle;
    this.scripts = new BundleScripts(bundle, false);
    this.stacks = new StackMapper(bundle);
    const scope = { evaluate: (script: Script): unknown => script.runInContext(this.context) };
    this.library = evaluateLibrary(this.scripts, scope, this.stacks);
  }

  /** Whether this was made of a bundle with the same code. */
  isOf({ library, workflows }: LoadedBundle): boolean {
    const own = this.#bundle;
    return (
      own.library.code === library.code &&
      own.library.map === library.map &&
      own.workflows.code === workflows.code &&
      own.workflows.map === workflows.map
    );
  }
}
