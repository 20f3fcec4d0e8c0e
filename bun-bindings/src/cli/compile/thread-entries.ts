import { readFileSync } from 'node:fs';
import type { BunPlugin } from 'bun';
import { anyOf } from '../../workflow/bundling/import-rules.ts';
import { ownModule } from './own-modules.ts';

/** The namespace of these modules. In the executable it is a part of their names: `temporal:workflow-thread.js`. */
const NAMESPACE = 'temporal';
/** A module that starts a workflow thread. */
const EARLY_START = `${NAMESPACE}:early-start`;

/** A module that the program's threads start with or import, and its file in the executable, without an extension. */
interface ThreadEntry {
  name: string;
  /** The code of the module. */
  contents: string;
}

/** The modules of a program that run in threads. In an executable they share what they have in common with the program. */
export class ThreadEntries {
  readonly #entries: ThreadEntry[] = [threadOf('workflow')];
  readonly #modules = new Map<string, string>();
  #startsEarly = false;

  /** @param modules absolute paths of what activity threads import */
  constructor(modules: Iterable<string>) {
    for (const path of new Set(modules)) {
      const name = `thread-module-${this.#modules.size}`;
      this.#modules.set(path, name);
      this.#entries.push({ name, contents: exportsOf(path) });
    }
    if (this.#modules.size > 0) this.#entries.push(threadOf('activity'));
  }

  /** Entry points for `Bun.build`, which {@link pluginFor} resolves. Those after {@link withEarlyStart} are more. */
  get entrypoints(): string[] {
    const threads = this.#entries.map(({ name }) => `${NAMESPACE}:${name}`);
    // What is no entry point becomes part of the program, all of whose imports would be evaluated before it.
    return this.#startsEarly ? [...threads, EARLY_START] : threads;
  }

  /** Makes the program start a workflow thread before it runs. A CommonJS module stays as it is: an import would make it another. */
  withEarlyStart(program: string): string {
    const { imports, exports } = new Bun.Transpiler({ loader: 'tsx' }).scan(program);
    if (exports.length === 0 && !imports.some(({ kind }) => kind === 'import-statement')) return program;
    this.#startsEarly = true;
    const [shebang = ''] = /^#!.*\n/.exec(program) ?? [];
    return `${shebang}import ${JSON.stringify(EARLY_START)};${program.slice(shebang.length)}`;
  }

  /** Code of an expression with the path of a module in the executable. */
  pathOf(module: string): string {
    return `(import.meta.dir + ${JSON.stringify(`/${NAMESPACE}:${this.#modules.get(module)}.js`)})`;
  }

  /** @param bundle what to import for the files of the bundle that the early thread is likely to get. */
  pluginFor(bundle: string): BunPlugin {
    const contents = new Map(this.#entries.map((entry) => [`${entry.name}.js`, entry.contents]));
    const early = JSON.stringify(ownModule('workflow/threads/early-thread'));
    contents.set(
      'early-start.js',
      `import { startEarly } from ${early}; import bundle from ${JSON.stringify(bundle)}; startEarly(bundle);`,
    );
    const bundledEntries = this.#entries.flatMap(({ name }) => {
      const [, kind] = /^(\w+)-thread$/.exec(name) ?? [];
      return kind === undefined ? [] : [[ownModule(`${kind}/threads/bundled-entry`), name] as const];
    });
    const nameOf = new Map(bundledEntries);
    return {
      name: NAMESPACE,
      setup(build) {
        build.onResolve({ filter: new RegExp(`^${NAMESPACE}:`) }, ({ path }) => ({
          path: `${path.slice(NAMESPACE.length + 1)}.js`,
          namespace: NAMESPACE,
        }));
        build.onLoad({ filter: /./, namespace: NAMESPACE }, ({ path }) => ({
          contents: contents.get(path) ?? '',
          loader: 'js',
        }));
        build.onLoad({ filter: anyOf([...nameOf.keys()]) }, ({ path }) => ({
          contents: `export default './${NAMESPACE}:${nameOf.get(path)}.js';`,
          loader: 'js',
        }));
      },
    };
  }
}

function threadOf(kind: 'workflow' | 'activity'): ThreadEntry {
  return {
    name: `${kind}-thread`,
    contents: `import ${JSON.stringify(ownModule(`${kind}/threads/main`))};`,
  };
}

/** Code of a module with all exports of another. */
function exportsOf(path: string): string {
  const file = Bun.resolveSync(path, process.cwd());
  const from = JSON.stringify(file);
  const { exports } = new Bun.Transpiler({ loader: 'tsx' }).scan(readFileSync(file, 'utf8'));
  return `export * from ${from};${exports.includes('default') ? `export { default } from ${from};` : ''}`;
}
