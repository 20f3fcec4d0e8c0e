import type { BunPlugin } from 'bun';
import { COMPRESSED } from '../../native/embedded-library.ts';
import type { BundleMaps } from '../../workflow/bundling/bundle-files.ts';
import { codeHash, type LoadedBundle } from '../../workflow/bundling/loaded-bundle.ts';
import { compress } from './compress.ts';
import { AS_IT_IS, embedFiles } from './embed-files.ts';
import { ownModule } from './own-modules.ts';

/** The namespace of bundles: by number the modules whose value names one to a worker, the names of their files, and these. */
const NAMESPACE = 'temporal-workflow-bundle';

/** The workflow bundles of an executable. */
export class EmbeddedBundles {
  readonly #bundles: readonly LoadedBundle[];

  constructor(bundles: readonly LoadedBundle[]) {
    this.#bundles = bundles;
  }

  /** Code of an expression: what a worker's options name a bundle by. */
  optionOf(bundle: number): string {
    return `require("${NAMESPACE}:${bundle}").default`;
  }

  /** The specifier of a module whose value are the `BundleFiles` of a bundle. */
  filesOf(bundle: number): string {
    return `${NAMESPACE}:${bundle}-files`;
  }

  plugin(): BunPlugin {
    return {
      name: NAMESPACE,
      setup: (build) => {
        const modules: [filter: RegExp, codeOf: (bundle: number) => string][] = [
          [/^\d+$/, (bundle) => this.#optionModule(bundle)],
          [/^\d+-files$/, (bundle) => this.#filesModule(bundle)],
        ];
        for (const [filter, codeOf] of modules) {
          build.onLoad({ filter, namespace: NAMESPACE }, ({ path }) => ({
            contents: codeOf(Number.parseInt(path, 10)),
            loader: 'js',
          }));
        }
        embedFiles(build, NAMESPACE, (name) => this.#contentsOf(name));
      },
    };
  }

  #optionModule(bundle: number): string {
    return `import { embeddedBundle } from ${JSON.stringify(ownModule('workflow/bundling/embedded-bundle'))};
      import files from '${this.filesOf(bundle)}';
      export default embeddedBundle(files);`;
  }

  #filesModule(bundle: number): string {
    return `import library from '${NAMESPACE}:${bundle}-library${AS_IT_IS}';
      import workflows from '${NAMESPACE}:${bundle}-workflows${AS_IT_IS}';
      import maps from '${NAMESPACE}:${bundle}-maps${COMPRESSED}';
      export default { library, workflows, maps, hash: '${codeHash(this.#bundles[bundle] as LoadedBundle)}' };`;
  }

  #contentsOf(name: string): Uint8Array | string {
    const [, number, part] = /^(\d+)-(library|workflows|maps)\./.exec(name) ?? [];
    const { library, workflows } = this.#bundles[Number(number)] as LoadedBundle;
    if (part === 'library') return library.code;
    if (part === 'workflows') return workflows.code;
    return compress(JSON.stringify({ library: library.map, workflows: workflows.map } satisfies BundleMaps));
  }
}
