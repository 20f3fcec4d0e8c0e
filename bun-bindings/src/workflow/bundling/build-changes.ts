/** An import, as a build asks for it. */
export interface ImportRequest {
  specifier: string;
  /** The path of the importing module. */
  importer: string;
  kind: 'import' | 'require';
}

/** A project's answer to an import. */
export type ImportAnswer =
  | { kind: 'file'; path: string }
  /** Another module, by the rules that hold for its specifier. */
  | { kind: 'request'; specifier: string }
  /** An empty module. */
  | { kind: 'ignored' }
  /** A module that throws when it is loaded. */
  | { kind: 'missing' }
  /** A module whose exports are the value of an expression. */
  | { kind: 'value'; code: string };

/** The code of a module in the place of its file's content. */
export interface ChangedSource {
  code: string;
  loader: 'js' | 'jsx' | 'ts' | 'tsx';
  /** Gives the code to bundle, if making it takes a build: one cannot wait for another. `code` then serves to find imports. */
  finish?: () => Promise<ChangedSource>;
}

/** The code that a free name, or a member of one such as `process.env.REGION`, stands for. */
export interface Definition {
  /** An expression. It may `require` the module. */
  code: string;
  /** The module that `code` requires. */
  module?: string;
}

/** Changes that a project makes in the build of its workflows, by a webpack configuration or by plugins of Bun's bundler. */
export interface BuildChanges {
  /** Modules that are evaluated before the workflows, in order: paths or specifiers. */
  entries: readonly string[];
  definitions: ReadonlyMap<string, Definition>;
  /** Returns undefined if an import stays as it is. */
  resolve(request: ImportRequest): Promise<ImportAnswer | undefined>;
  /** Returns undefined if a module stays as it is. */
  load(path: string): Promise<ChangedSource | undefined>;
  /** Whether a file belongs to the modules of a folder that are required by computed names. */
  isInContext(folder: string, file: string, importer: string): boolean;
}

/** Combines changes. The first answer to an import counts, and the first source of a module. */
export function combineChanges(changes: readonly BuildChanges[]): BuildChanges | undefined {
  const [first, ...rest] = changes;
  if (first === undefined || rest.length === 0) return first;
  return {
    entries: changes.flatMap(({ entries }) => entries),
    definitions: new Map(changes.flatMap(({ definitions }) => [...definitions])),
    resolve: (request) => firstAnswer(changes, (each) => each.resolve(request)),
    load: (path) => firstAnswer(changes, (each) => each.load(path)),
    isInContext: (...file) => changes.every((each) => each.isInContext(...file)),
  };
}

async function firstAnswer<T>(
  changes: readonly BuildChanges[],
  ask: (changes: BuildChanges) => Promise<T | undefined>,
): Promise<T | undefined> {
  for (const each of changes) {
    const answer = await ask(each);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

/** Code of a module that exports data. */
export function dataModule(value: unknown): ChangedSource {
  return { code: `module.exports = JSON.parse(${JSON.stringify(JSON.stringify(value))});`, loader: 'js' };
}
