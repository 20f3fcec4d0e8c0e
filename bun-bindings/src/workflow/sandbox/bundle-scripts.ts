import { Script } from 'node:vm';
import type { LoadedBundle, MappedCode } from '../bundling/loaded-bundle.ts';
import { libraryFilename, PROLOGUE_LINES, workflowsFilename } from './source-map.ts';

/**
 * Names of the language that the library finds as variables of its own: whatever a run puts in their place, the library goes
 * on with what the language has. What it asks for the time, for numbers and for JSON it finds as workflow code does.
 */
const CAPTURED = [
  ...['Object', 'Function', 'Array', 'String', 'Number', 'Boolean', 'Symbol', 'BigInt', 'Reflect', 'Proxy', 'Promise'],
  ...['Error', 'AggregateError', 'TypeError', 'RangeError', 'SyntaxError', 'URIError', 'EvalError', 'ReferenceError'],
  ...['RegExp', 'WeakMap', 'WeakSet', 'Intl', 'Iterator', 'ArrayBuffer', 'DataView', 'Uint8Array', 'Uint16Array'],
  ...['Int8Array', 'Int16Array', 'Int32Array', 'Uint32Array', 'Float32Array', 'Float64Array'],
];

// The inside replaces `Map` and `Set` while the library is evaluated.
const CAPTURE = `const { ${CAPTURED.join(', ')} } = globalThis; let { Map, Set } = globalThis;`;

/** The code of a bundle, compiled once for all realms of a thread. Each script gives a function. */
export class BundleScripts {
  /** Takes the host bridge, gives the exports of the library bundle. */
  readonly library: Script;
  /** Gives the table of the user's modules. */
  readonly workflows: Script;
  /** Makes the error that a refused `import()` rejects with. Called when that happens. */
  importError: () => unknown = () => undefined;

  /**
   * @param inspectable whether the scripts are for an {@link InspectableScope}: these take the scope first, and have a source
   *   map for debuggers.
   */
  constructor({ library, workflows }: LoadedBundle, inspectable: boolean) {
    const [before, after] = inspectable
      ? ['(function (__temporal_scope) { with (__temporal_scope) return ', '\n})']
      : ['', ''];
    this.library = this.#compile(
      `${before}(function (__temporal_host) {'use strict';${CAPTURE}return (function () {\n` +
        `const module = { exports: {} }, exports = module.exports;\n${library.code}\nreturn exports;\n})()})${after}`,
      libraryFilename,
    );
    this.workflows = this.#compile(
      `${before}(function () {\nreturn (\n${workflows.code}\n)})${after}${inspectable ? sourceMappingUrl(workflows) : ''}`,
      workflowsFilename,
    );
  }

  #compile(code: string, filename: string): Script {
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
