import { Script } from 'node:vm';
import type { LoadedBundle, MappedCode } from '../bundling/loaded-bundle.ts';
import { libraryFilename, PROLOGUE_LINES, workflowsFilename } from './source-map.ts';

/** The code of a bundle, compiled once for all realms of a thread. Each script gives a function. */
export class BundleScripts {
  /** Takes the host bridge, gives the exports of the library bundle. */
  readonly library: Script;
  /** Gives the table of the user's modules. */
  readonly workflows: Script;
  /** What a rejected `import()` is to be rejected with; asked when that happens. */
  importError: () => unknown = () => undefined;

  /**
   * @param inspectable whether the scripts are for an {@link InspectableScope}: these take the scope first, and have a source
   *   map for debuggers.
   */
  constructor({ library, workflows }: LoadedBundle, inspectable: boolean) {
    const [before, after] = inspectable
      ? ['(function (__temporal_scope) { with (__temporal_scope) return ', '\n})']
      : ['', ''];
    this.library = this.compile(
      `${before}(function (__temporal_host) {\n'use strict';const module = { exports: {} }, exports = module.exports;\n${library.code}\nreturn exports;\n})${after}`,
      libraryFilename,
    );
    this.workflows = this.compile(
      `${before}(function () {\nreturn (\n${workflows.code}\n)})${after}${inspectable ? sourceMappingUrl(workflows) : ''}`,
      workflowsFilename,
    );
  }

  private compile(code: string, filename: string): Script {
    return new Script(code, {
      filename,
      // Without this, `import()` would be answered with an error of the thread's realm.
      importModuleDynamically: () => {
        throw this.importError();
      },
    });
  }
}

/** The source map of a part as it is evaluated. */
function sourceMappingUrl({ map }: MappedCode): string {
  const { mappings, ...rest } = JSON.parse(map) as { mappings: string };
  const moved = JSON.stringify({ ...rest, mappings: ';'.repeat(PROLOGUE_LINES) + mappings });
  return `\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(moved).toString('base64')}`;
}
