import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { type AppliedDefinitions, applyDefinitions } from './applied-definitions.ts';
import type { BuildChanges, ChangedSource } from './build-changes.ts';
import { type ModuleSource, readModule, SCRIPTS, transpilerLoader } from './module-source.ts';

/** A module as it is bundled. */
export interface ReadModule extends ModuleSource {
  /** The loader of `text`, if that is not what the file contains. */
  loader?: ChangedSource['loader'];
  /** Declarations of variables that the module sees. */
  prelude?: string;
  /** JavaScript with all definitions in it, for builds that also have modules which no definition may reach. */
  defined?: string;
}

/** Reads modules with what a project changes in them. */
export class ModuleReader {
  readonly changes: BuildChanges | undefined;
  readonly #definitions: AppliedDefinitions | undefined;
  /** A build may be repeated. */
  readonly #known = new Map<string, Promise<ChangedSource | undefined>>();

  constructor(changes: BuildChanges | undefined) {
    this.changes = changes;
    this.#definitions = changes && applyDefinitions(changes.definitions);
  }

  /** The `define` of builds. */
  get define(): Record<string, string> {
    return this.#definitions?.define ?? {};
  }

  /** Makes the code of modules that could not be made while a build was waiting. Returns whether there were any. */
  async finish(): Promise<boolean> {
    let isChanged = false;
    for (const [path, known] of this.#known) {
      const source = await known;
      if (source?.finish === undefined) continue;
      this.#known.set(path, source.finish());
      isChanged = true;
    }
    return isChanged;
  }

  /** Undefined if the module is no code, and nobody makes code of it. */
  async read(path: string): Promise<ReadModule | undefined> {
    const changed = await this.#changed(path);
    if (changed === undefined && !SCRIPTS.test(path)) return undefined;
    const extension = changed === undefined ? extname(path) : `.${changed.loader}`;
    const source = readModule(path, changed?.code ?? readFileSync(path, 'utf8'), extension);
    const read = { ...source, ...(changed && { loader: changed.loader }) };
    if (!this.#definitions?.mayOccurIn(read.text)) return read;
    return this.#defined(read, path, extension, this.#definitions);
  }

  #changed(path: string): Promise<ChangedSource | undefined> | undefined {
    if (this.changes === undefined) return undefined;
    const known = this.#known.get(path) ?? this.changes.load(path);
    this.#known.set(path, known);
    return known;
  }

  #defined(module: ReadModule, path: string, extension: string, definitions: AppliedDefinitions): ReadModule {
    const { text, form, imports } = module;
    const loader = transpilerLoader(extension);
    let alive: string;
    try {
      alive = new Bun.Transpiler({ loader, define: definitions.define }).transformSync(text);
    } catch {
      // Old syntax that only the engine supports, or a syntax error, which compiling will report.
      return module;
    }
    const left = new Set(readModule(path, alive, '.js').imports.map(({ specifier }) => specifier));
    const defined = form === 'module' ? definitions.toModule(alive) : definitions.toScript(text, alive);
    return {
      ...module,
      text: defined.text ?? text,
      prelude: defined.prelude,
      defined: definitions.toModule(alive).prelude + alive,
      imports: [
        ...imports.filter(({ specifier }) => left.has(specifier)),
        ...defined.modules.map((specifier) => ({ specifier, kind: 'require' as const })),
      ],
    };
  }
}
